import type { Endpoint } from '../model/backend.ts';
import type { Finding } from '../model/finding.ts';
import type { EndpointPort, EndpointSlice, Endpoint as SliceEndpoint } from './core.ts';
import type { GroupKind, Resource } from './object.ts';
import { type ServicePortTarget, serviceName } from './service-port.ts';
import { originOf, type ResourceSet } from './set.ts';

const endpointSliceKind: GroupKind = { group: 'discovery.k8s.io', kind: 'EndpointSlice' };

/** The label by which an EndpointSlice belongs to a Service. */
const serviceLabel = 'kubernetes.io/service-name';

/** EndpointSlices by the `namespace/name` of their Service. */
export type SliceIndex = ReadonlyMap<string, readonly Resource<EndpointSlice>[]>;

const indices = new WeakMap<ResourceSet, SliceIndex>();

/** Made once for each set: dialects and infrastructure ask for the same one. */
export function indexSlices(resources: ResourceSet): SliceIndex {
  const known = indices.get(resources);
  if (known !== undefined) return known;
  const index = new Map<string, Resource<EndpointSlice>[]>();
  for (const slice of resources.list<EndpointSlice>(endpointSliceKind)) {
    const service = slice.object.metadata.labels?.[serviceLabel];
    if (service === undefined) continue;
    const key = `${slice.reference.namespace}/${service}`;
    const slices = index.get(key);
    if (slices === undefined) index.set(key, [slice]);
    else slices.push(slice);
  }
  indices.set(resources, index);
  return index;
}

/** The endpoints of a Service port in a stable order, and what is wrong where there are none. */
export interface ReadEndpoints {
  readonly endpoints: readonly Endpoint[];
  readonly fault: Finding | null;
}

/**
 * The addresses that serve a Service port. An ExternalName Service has one, its name. Any other has those that are ready in
 * its EndpointSlices; where none is ready, those that are shutting down but still serve, as kube-proxy does.
 *
 * A clusterIP is never dialled: outside of its cluster it is nobody's address, or somebody else's.
 */
export function readEndpoints(index: SliceIndex, target: ServicePortTarget): ReadEndpoints {
  const { service, port } = target;
  const { type, externalName } = service.object.spec;
  if (type === 'ExternalName') {
    return externalName === undefined || externalName === ''
      ? none(target, 'is of type ExternalName and has no externalName', 'set spec.externalName')
      : { endpoints: [{ address: externalName, port: port.port }], fault: null };
  }
  const slices = index.get(`${service.reference.namespace}/${service.reference.name}`) ?? [];
  if (slices.length === 0) {
    return none(
      target,
      'has no EndpointSlice',
      `add an EndpointSlice with the label ${serviceLabel}: ${service.reference.name}`,
    );
  }
  const name = port.name ?? '';
  const { endpoints, others } = chooseEndpoints(
    slices,
    (each) => each.protocol === port.protocol && each.name === name,
    (each) => (each.protocol !== port.protocol ? null : each.name === '' ? 'one without a name' : `"${each.name}"`),
  );
  if (endpoints.length > 0) return { endpoints, fault: null };
  if (others.length > 0) {
    const wanted = name === '' ? 'its port without a name' : `its port "${name}"`;
    return none(
      target,
      `has EndpointSlices, but none with ${wanted}; their ports are ${others.join(', ')}`,
      'name the ports of Service and EndpointSlice alike',
    );
  }
  return none(target, 'has no ready endpoint', 'see why its pods are not ready');
}

/**
 * The endpoints of the ports that are wanted: those that are ready, or else those that are shutting down but still serve.
 * `others` are the names of further ports, by which a message can tell what there is instead.
 */
export function chooseEndpoints(
  slices: readonly Resource<EndpointSlice>[],
  isWanted: (port: EndpointPort) => boolean,
  nameOf: (port: EndpointPort) => string | null,
): { readonly endpoints: readonly Endpoint[]; readonly others: readonly string[] } {
  const ready = new Map<string, Endpoint>();
  const draining = new Map<string, Endpoint>();
  const others = new Set<string>();
  for (const { object } of slices) {
    for (const port of object.ports ?? []) {
      if (port.port === undefined) continue;
      const name = isWanted(port) ? null : nameOf(port);
      if (name !== null) others.add(name);
      if (!isWanted(port)) continue;
      for (const endpoint of object.endpoints) collect(endpoint, port.port, ready, draining);
    }
  }
  const chosen = ready.size > 0 ? ready : draining;
  const endpoints = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
  return { endpoints, others: [...others] };
}

/**
 * Only the first address of an endpoint has a meaning (discovery.k8s.io/v1), and one address may stand in several slices.
 */
function collect(
  endpoint: SliceEndpoint,
  port: number,
  ready: Map<string, Endpoint>,
  draining: Map<string, Endpoint>,
): void {
  const [address] = endpoint.addresses;
  if (address === undefined) return;
  const { ready: isReady = true, serving = isReady, terminating = false } = endpoint.conditions ?? {};
  if (isReady) ready.set(`${address} ${port}`, { address, port });
  else if (serving && terminating) draining.set(`${address} ${port}`, { address, port });
}

function none(target: ServicePortTarget, cause: string, remedy: string): ReadEndpoints {
  const name = serviceName(target);
  const field = target.portIndex === null ? 'spec' : `spec.ports[${target.portIndex}]`;
  return {
    endpoints: [],
    fault: {
      severity: 'warning',
      reason: 'NoEndpoints',
      message: `Service ${target.service.reference.namespace}/${target.service.reference.name} ${cause}`,
      effect: `${name} answers 503`,
      remedy,
      origin: originOf(target.service, field),
    },
  };
}
