import { deploymentOf, disruptionBudgetOf, serviceAccountOf } from '../../infrastructure/gateway/live.ts';
import { unitObjects } from '../../infrastructure/gateway/objects.ts';
import {
  type DeploymentParameters,
  defaultParameters,
  deploymentParameters,
  type Installation,
} from '../../infrastructure/gateway/parameters.ts';
import { clusterAddresses, serviceOf } from '../../infrastructure/gateway/service-addresses.ts';
import {
  type DataPlaneUnit,
  type ListenerPort,
  portsOf,
  unitOfClass,
  unitOfGateway,
} from '../../infrastructure/gateway/unit.ts';
import { classOfDataPlane } from '../../model/data-plane.ts';
import type { Listener } from '../../model/listener.ts';
import { indexSlices, type SliceIndex } from '../../resources/endpoints.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { OwnerReference } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';
import { orphans } from '../absent-classes.ts';
import { ownGateways } from '../translate.ts';
import type { TranslatedState } from '../translated-state.ts';
import type { DesiredInfrastructure } from './infrastructure-writer.ts';
import type { ObjectName } from './own-objects.ts';

const namespaces = { group: '', kind: 'Namespace' };
const gateways = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };

/** What may be left of a unit that is not wanted any more. Its Secret goes with its owner: it opens nothing by then. */
const removable = ['Deployment', 'Service', 'PodDisruptionBudget', 'ServiceAccount'];

/** Where the objects are that no Gateway owns. */
export interface Home {
  /** The controller's own. */
  readonly namespace: string;
  /** Whom they go with: the controller's own Deployment, where it is known. */
  readonly owner: OwnerReference | null;
}

/** What is to be of data planes, and what is. */
export interface Infrastructure {
  /** What every data plane is to have, by its name. One whose parameters cannot be had keeps what it has. */
  readonly desired: ReadonlyMap<string, DesiredInfrastructure>;
  /** Names of the data planes whose Service leads to a pod that is ready. */
  readonly reached: ReadonlySet<string>;
}

/** Reads the infrastructure of a state. Pure. */
export function readInfrastructure(
  { resources, model }: Pick<TranslatedState, 'resources' | 'model'>,
  installation: Installation,
  home: Home,
): Infrastructure {
  const slices = indexSlices(resources);
  const reached = new Set<string>();
  const ports = listenerPorts(Object.values(model.listeners));
  const own = new Set(ownGateways(resources));
  const left = new Set(orphans(resources));
  const desired = new Map<string, DesiredInfrastructure>();
  const want = (unit: DataPlaneUnit, parameters: DeploymentParameters | null): void => {
    if (isReached(slices, unit)) reached.add(unit.name);
    if (parameters === null || isGoing(resources, unit.namespace)) return;
    const wanted = unitObjects(settled(resources, unit), parameters, installation);
    const unwanted = removable.filter((kind) => !wanted.some((object) => object.kind === kind));
    const live = liveObjects(resources, unit);
    desired.set(unit.name, { unit, objects: wanted, unwanted: namesIn(unit, unwanted), live });
  };
  for (const gateway of resources.list<Gateway>(gateways)) {
    if (gateway.object.metadata.deletionTimestamp !== undefined) continue;
    const unit = unitOfGateway(gateway, ports.get(`${gateway.reference.namespace}/${gateway.reference.name}`));
    if (left.has(gateway)) {
      want(unit, null);
      continue;
    }
    if (own.has(gateway)) {
      want(unit, deploymentParameters(resources, gateway));
      continue;
    }
    const live = liveObjects(resources, unit);
    if (live.length > 0) desired.set(unit.name, { unit, objects: [], unwanted: namesIn(unit, removable), live });
  }
  for (const [name, opened] of ports) {
    const ingressClass = classOfDataPlane(name);
    if (ingressClass !== null) want(unitOfClass(ingressClass, home.namespace, home.owner, opened), defaultParameters);
  }
  return { desired, reached };
}

/** An address of the cluster is given once: a Service that has another one is left with it, and the Gateway's status tells. */
function settled(resources: ResourceSet, unit: DataPlaneUnit): DataPlaneUnit {
  const live = serviceOf(unit, resources);
  if (live === null || unit.clusterAddress === null) return unit;
  return clusterAddresses(live).includes(unit.clusterAddress) ? unit : { ...unit, clusterAddress: null };
}

/** Nothing can be made in a namespace that is being deleted, and what is in it goes anyway. */
function isGoing(resources: ResourceSet, namespace: string): boolean {
  return resources.get(namespaces, '', namespace)?.object.metadata.deletionTimestamp !== undefined;
}

function isReached(slices: SliceIndex, { namespace, objectName }: DataPlaneUnit): boolean {
  const endpoints = (slices.get(`${namespace}/${objectName}`) ?? []).flatMap(({ object }) => object.endpoints ?? []);
  // Not known is to be read as ready (discovery.k8s.io/v1 EndpointConditions).
  return endpoints.some(({ conditions }) => conditions?.ready !== false);
}

/** The ports of listeners by data plane: those of ListenerSets too, which no Gateway states. */
function listenerPorts(listeners: readonly Listener[]): ReadonlyMap<string, readonly ListenerPort[]> {
  const ports = new Map<string, ListenerPort[]>();
  for (const { dataPlane, port, protocol } of listeners) {
    if (dataPlane === undefined) continue;
    ports.set(dataPlane, [...(ports.get(dataPlane) ?? []), ...portsOf([{ port, protocol }])]);
  }
  return ports;
}

const namesIn = ({ namespace, objectName }: DataPlaneUnit, kinds: readonly string[]): readonly ObjectName[] =>
  kinds.map((kind) => ({ kind, namespace, name: objectName }));

/**
 * What is there by now, whose every change is to be looked at: the metadata tell of one by their generation. A Service and a
 * ServiceAccount have none and are known whole, the Service without its status, which others write.
 */
function liveObjects(resources: ResourceSet, unit: DataPlaneUnit): readonly unknown[] {
  const service = serviceOf(unit, resources);
  const live = [
    serviceAccountOf(unit, resources),
    deploymentOf(unit, resources)?.metadata,
    service?.metadata,
    service?.spec,
    disruptionBudgetOf(unit, resources)?.metadata,
  ];
  return live.filter((each) => each !== null && each !== undefined);
}
