import { describeObject } from '../../../model/origin.ts';
import type { Service } from '../../../resources/core.ts';
import { chooseEndpoints, type ReadEndpoints, type SliceIndex } from '../../../resources/endpoints.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { kinds } from '../names.ts';
import { backendName, type XBackendTarget } from './target.ts';

/** Services by their namespace and selector. */
export type SelectorIndex = ReadonlyMap<string, readonly Resource<Service>[]>;

/** Services that list pods which are not ready tell nothing of readiness, and are left out. */
export function indexSelectors(resources: ResourceSet): SelectorIndex {
  const index = new Map<string, Resource<Service>[]>();
  for (const service of resources.list<Service>(kinds.service)) {
    const { selector, publishNotReadyAddresses = false } = service.object.spec;
    if (selector === undefined || publishNotReadyAddresses) continue;
    const key = selectorKey(service.reference.namespace, selector);
    const others = index.get(key);
    if (others === undefined) index.set(key, [service]);
    else others.push(service);
  }
  return index;
}

/**
 * The addresses of an XBackend: the external host, which the data plane resolves, or the pods that its labels select.
 *
 * Pods themselves are not watched, for there are many and they change all the time. Who selects the same pods is a Service
 * with the same selector, whose EndpointSlices tell their addresses and whether they are ready (GEP-4894 has
 * implementations make such Services).
 */
export function readXBackendEndpoints(
  slices: SliceIndex,
  selectors: SelectorIndex,
  target: XBackendTarget,
): ReadEndpoints {
  const { backend, port } = target;
  const { externalHostname, endpointSelector } = backend.object.spec;
  if (externalHostname !== undefined) {
    return { endpoints: [{ address: externalHostname.hostname, port }], fault: null };
  }
  const labels = endpointSelector?.matchLabels ?? {};
  const { namespace } = backend.reference;
  const services = selectors.get(selectorKey(namespace, labels)) ?? [];
  const wanted = Object.entries(labels)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
  if (services.length === 0) {
    return none(
      target,
      `selects pods that no Service in namespace ${namespace} selects`,
      `create a Service with the selector {${wanted}} and the targetPort ${port}; it may be headless. Where Gateways have data planes of their own, Farside does so itself`,
    );
  }
  const ofServices = services.flatMap(({ reference }) => slices.get(`${namespace}/${reference.name}`) ?? []);
  const { endpoints, others } = chooseEndpoints(
    ofServices,
    (each) => each.protocol === 'TCP' && each.port === port,
    (each) => `${each.port}`,
  );
  if (endpoints.length > 0) return { endpoints, fault: null };
  const names = services.map(({ reference }) => describeObject(reference)).join(', ');
  return others.length === 0
    ? none(target, `has no ready endpoint in ${names}`, 'see why its pods are not ready')
    : none(
        target,
        `has port ${port}, which ${names} does not lead to; it leads to ${others.join(', ')}`,
        `add a port to the Service whose targetPort is ${port}, or correct spec.port of the XBackend`,
      );
}

function selectorKey(namespace: string, selector: Readonly<Record<string, string>>): string {
  const labels = Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${namespace} ${JSON.stringify(labels)}`;
}

function none(target: XBackendTarget, cause: string, remedy: string): ReadEndpoints {
  return {
    endpoints: [],
    fault: {
      severity: 'warning',
      reason: 'NoEndpoints',
      message: `${describeObject(target.backend.reference)} ${cause}`,
      effect: `${backendName(target)} answers 503`,
      remedy,
      origin: originOf(target.backend, 'spec.endpointSelector'),
    },
  };
}
