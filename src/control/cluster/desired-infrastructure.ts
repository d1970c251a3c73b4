import { infrastructureName } from '../../infrastructure/gateway/names.ts';
import { gatewayObjects, type ListenerPort, portsOf } from '../../infrastructure/gateway/objects.ts';
import { isOwnedBy } from '../../infrastructure/gateway/owner.ts';
import { deploymentParameters, type Installation } from '../../infrastructure/gateway/parameters.ts';
import type { Listener } from '../../model/listener.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import { ResourceSet } from '../../resources/set.ts';
import type { GatewayState } from '../state.ts';
import { ownGateways } from '../translate.ts';
import type { DesiredInfrastructure } from './infrastructure-writer.ts';
import type { ObjectName } from './own-objects.ts';

const deployments = { group: 'apps', kind: 'Deployment' };
const services = { group: '', kind: 'Service' };
const gateways = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };

/** What may be left of a Gateway that is not ours any more. Its Secret goes with the Gateway: it opens nothing by then. */
const removable = ['Deployment', 'Service', 'PodDisruptionBudget', 'ServiceAccount'];

/** What every Gateway is to have, by `namespace/name`. One whose parameters cannot be had keeps what it has. Pure. */
export function desiredInfrastructure(
  { objects, model }: Pick<GatewayState, 'objects' | 'model'>,
  installation: Installation,
): ReadonlyMap<string, DesiredInfrastructure> {
  const resources = new ResourceSet(objects);
  const ports = listenerPorts(Object.values(model.listeners));
  const own = new Set(ownGateways(resources));
  const desired = new Map<string, DesiredInfrastructure>();
  for (const gateway of resources.list<Gateway>(gateways)) {
    const { namespace, name } = gateway.reference;
    const key = `${namespace}/${name}`;
    if (gateway.object.metadata.deletionTimestamp !== undefined) continue;
    const live = liveObjects(resources, gateway);
    const names = (kinds: readonly string[]): readonly ObjectName[] =>
      kinds.map((kind) => ({ kind, namespace, name: infrastructureName(name) }));
    if (!own.has(gateway)) {
      if (live.length > 0) desired.set(key, { gateway, objects: [], unwanted: names(removable), live });
      continue;
    }
    const parameters = deploymentParameters(resources, gateway);
    if (parameters === null) continue;
    const wanted = gatewayObjects(gateway, parameters, installation, [
      ...portsOf(gateway.object.spec.listeners),
      ...(ports.get(key) ?? []),
    ]);
    const unwanted = removable.filter((kind) => !wanted.some((object) => object.kind === kind));
    desired.set(key, { gateway, objects: wanted, unwanted: names(unwanted), live });
  }
  return desired;
}

/** The ports of listeners, those of ListenerSets included, by data plane. */
function listenerPorts(listeners: readonly Listener[]): ReadonlyMap<string, readonly ListenerPort[]> {
  const ports = new Map<string, ListenerPort[]>();
  for (const { dataPlane, port, protocol } of listeners) {
    if (dataPlane === undefined) continue;
    ports.set(dataPlane, [...(ports.get(dataPlane) ?? []), ...portsOf([{ port, protocol }])]);
  }
  return ports;
}

/** What is there by now. A Deployment is known by its generation alone, a Service has none and is known whole. */
function liveObjects(resources: ResourceSet, gateway: Resource<Gateway>): readonly unknown[] {
  const { namespace, name } = gateway.reference;
  const deployment = resources.get(deployments, namespace, infrastructureName(name))?.object;
  const service = resources.get<KubernetesObject & { readonly spec?: unknown }>(
    services,
    namespace,
    infrastructureName(name),
  )?.object;
  return [
    ...(deployment !== undefined && isOwnedBy(deployment, gateway.object) ? [deployment.metadata] : []),
    ...(service !== undefined && isOwnedBy(service, gateway.object) ? [service.metadata, service.spec] : []),
  ];
}
