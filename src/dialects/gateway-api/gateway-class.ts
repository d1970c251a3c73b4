import type { Finding } from '../../model/finding.ts';
import { readClassParameters } from '../../policies/parameters.ts';
import type { GatewayClass } from '../../resources/generated/types.ts';
import type { Resource } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';
import type { Environment, StatusDocument } from '../dialect.ts';
import { conditions, unless, type Verdict } from './condition.ts';
import { controllerName, defaultClassName, kinds } from './names.ts';

/** A GatewayClass that names our controller. Where there is a problem with it, its Gateways are not accepted. */
export interface OwnClass {
  readonly resource: Resource<GatewayClass>;
  readonly problems: readonly Finding[];
}

/** The classes of our controller, by name. Classes of other controllers are none of our business. */
export function readGatewayClasses(
  resources: ResourceSet,
  { ownDataPlanes }: Pick<Environment, 'ownDataPlanes'>,
): ReadonlyMap<string, OwnClass> {
  const effect = ownDataPlanes ? 'no new Gateway of it is served' : 'none of its Gateways is served';
  const own = new Map<string, OwnClass>();
  for (const resource of resources.list<GatewayClass>(kinds.gatewayClass)) {
    if (resource.object.spec.controllerName !== controllerName) continue;
    const { problem } = readClassParameters(resources, resource);
    own.set(resource.reference.name, { resource, problems: problem === null ? [] : [{ ...problem, effect }] });
  }
  return own;
}

/** The GatewayClass that a folder need not state. */
export function supplyGatewayClass(resources: ResourceSet): readonly Resource[] {
  if (resources.get(kinds.gatewayClass, '', defaultClassName) !== undefined) return [];
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const kind = 'GatewayClass';
  const object: GatewayClass = {
    apiVersion,
    kind,
    metadata: { name: defaultClassName, generation: 1 },
    spec: { controllerName },
    status: { conditions: [] },
  };
  const reference = { apiVersion, kind, namespace: '', name: defaultClassName };
  return [{ reference, object, provenance: { file: null, position: () => null } }];
}

export function gatewayClassStatus(
  { resource, problems }: OwnClass,
  version: Verdict,
  features: readonly string[],
  now: string,
): StatusDocument {
  const clock = { generation: resource.object.metadata.generation ?? 1, now };
  const verdicts = [unless(problems, 'Accepted', 'Accepted', 'Gateways of this class are served by Farside'), version];
  return {
    apiVersion: resource.reference.apiVersion,
    kind: resource.reference.kind,
    metadata: { name: resource.reference.name },
    status: {
      conditions: conditions(verdicts, clock),
      supportedFeatures: features.map((name) => ({ name })),
    },
  };
}
