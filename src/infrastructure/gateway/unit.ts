import { dataPlaneOfClass } from '../../model/data-plane.ts';
import { canonicalIpAddress } from '../../model/ip-address.ts';
import { ofCluster, unpromised } from '../../model/routability.ts';
import type { Gateway, GatewaySpecAddress } from '../../resources/generated/types.ts';
import type { KubernetesObject, OwnerReference, Resource } from '../../resources/object.ts';
import { gatewayLabel, infrastructureName } from './names.ts';

/**
 * What one data plane in pods is for: a Gateway, or all proxies of an ingress class together. Its objects share a name, a
 * namespace, labels and an owner.
 */
export interface DataPlaneUnit {
  /** As the model names it (`Listener.dataPlane`): `infra/edge`, `ingress-class:contour`. */
  readonly name: string;
  /** For people: `Gateway infra/edge`. */
  readonly description: string;
  readonly namespace: string;
  readonly objectName: string;
  /** Labels that only the objects of this unit have. They never change: a Deployment's selector cannot. */
  readonly identity: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whom its objects go with. Null where nobody is known: they stay until somebody deletes them. */
  readonly owner: OwnerReference | null;
  readonly ports: readonly ListenerPort[];
  /** Canonical addresses that it asks for, wherever they are reached from. */
  readonly addresses: readonly string[];
  /** The address of the cluster that it asks for, canonical, or null where any will do (GEP-5093). */
  readonly clusterAddress: string | null;
  /** Whether it asks for no address but those of a certain scope: it must not be reached from elsewhere. */
  readonly isClusterOnly: boolean;
}

/** A port that clients find a data plane at. */
export interface ListenerPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The label by which the objects of a Gateway are found (GEP-1762). */
export const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';
const ingressClassLabel = 'farside.dev/ingress-class';

const own = {
  'app.kubernetes.io/name': 'farside',
  'app.kubernetes.io/component': 'data-plane',
  'app.kubernetes.io/managed-by': 'farside',
};
const component = { 'app.kubernetes.io/component': 'data-plane' };

/** `spec.infrastructure` adds to our labels, and never replaces them. */
export function unitOfGateway(gateway: Resource<Gateway>, ports: readonly ListenerPort[] = []): DataPlaneUnit {
  const { reference, object } = gateway;
  const { namespace, name } = reference;
  const { labels = {}, annotations = {} } = object.spec.infrastructure ?? {};
  const identity = { ...component, [gatewayNameLabel]: gatewayLabel(name) };
  const asked = object.spec.addresses ?? [];
  return {
    name: `${namespace}/${name}`,
    description: `Gateway ${namespace}/${name}`,
    namespace,
    objectName: infrastructureName(name),
    identity,
    labels: { ...labels, ...own, ...identity },
    annotations,
    owner: {
      ...{ apiVersion: reference.apiVersion, kind: reference.kind, name, uid: object.metadata.uid ?? '' },
      // Without `blockOwnerDeletion`: some clusters ask for a right to the Gateway's finalizers then.
      controller: true,
    },
    ports: [...portsOf(object.spec.listeners), ...ports],
    addresses: staticAddresses(object, false),
    clusterAddress: staticAddresses(object, true)[0] ?? null,
    isClusterOnly: asked.length > 0 && asked.every(({ routability = '' }) => !unpromised.includes(routability)),
  };
}

/** @param namespace The controller's own. */
export function unitOfClass(
  ingressClass: string,
  namespace: string,
  owner: OwnerReference | null,
  ports: readonly ListenerPort[],
): DataPlaneUnit {
  const identity = { ...component, [ingressClassLabel]: gatewayLabel(ingressClass) };
  return {
    name: dataPlaneOfClass(ingressClass),
    description: `ingress class ${ingressClass}`,
    namespace,
    objectName: infrastructureName(`class-${ingressClass}`),
    identity,
    labels: { ...own, ...identity },
    annotations: {},
    owner,
    ports,
    addresses: [],
    clusterAddress: null,
    isClusterOnly: false,
  };
}

/**
 * Whether an object was made for this unit, and does not only have the name. Labels tell of one that nobody owns: it was
 * made before its owner was known, or its owner was deleted without what it owned.
 */
export function isOfUnit({ metadata }: KubernetesObject, { owner, identity }: DataPlaneUnit): boolean {
  const { labels = {}, ownerReferences = [] } = metadata;
  const controlling = ownerReferences.find(({ controller }) => controller === true);
  if (controlling !== undefined && owner !== null) return controlling.uid === owner.uid;
  return Object.entries({ ...own, ...identity }).every(([name, value]) => labels[name] === value);
}

/** The ports of listeners. */
export function portsOf(
  listeners: readonly { readonly port: number; readonly protocol: string }[],
): readonly ListenerPort[] {
  return listeners.map(({ port, protocol }) => ({ port, protocol: protocol === 'UDP' ? 'UDP' : 'TCP' }));
}

/** The addresses that a Gateway asks for. One without a value asks for any (`GatewayAddressEmpty`). */
function staticAddresses({ spec }: Gateway, ofCluster: boolean): readonly string[] {
  const asked = (spec.addresses ?? [])
    .filter((address) => address.type === 'IPAddress' && isOfCluster(address) === ofCluster)
    .map(({ value }) => canonicalIpAddress(value ?? ''));
  return [...new Set(asked.filter((address) => address !== null))];
}

const isOfCluster = ({ routability }: GatewaySpecAddress): boolean => routability === ofCluster;
