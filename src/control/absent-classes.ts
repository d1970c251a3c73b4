import { deploymentOf } from '../infrastructure/gateway/live.ts';
import { classParametersAnnotation } from '../infrastructure/gateway/parameters.ts';
import { unitOfGateway } from '../infrastructure/gateway/unit.ts';
import type { Finding } from '../model/finding.ts';
import { describeObject } from '../model/origin.ts';
import { farsideConfigKind } from '../policies/parameters.ts';
import type { Gateway, GatewayClass } from '../resources/generated/types.ts';
import type { Resource } from '../resources/object.ts';
import { originOf, type ResourceSet } from '../resources/set.ts';
import { controllerName } from './parts.ts';

const group = 'gateway.networking.k8s.io';

/**
 * The Gateways that have a data plane of ours and whose GatewayClass is gone. It does not say any more whose they are, but
 * who deletes a class by mistake must not lose all traffic of it: such a Gateway is served on until it is deleted, or names
 * a class of somebody else.
 */
export function orphans(resources: ResourceSet): readonly Resource<Gateway>[] {
  return resources.list<Gateway>({ group, kind: 'Gateway' }).filter((gateway) => {
    if (resources.get({ group, kind: 'GatewayClass' }, '', gateway.object.spec.gatewayClassName) !== undefined) {
      return false;
    }
    return deploymentOf(unitOfGateway(gateway), resources) !== null;
  });
}

/**
 * Stands in for the class that is gone, with the FarsideConfig that it named when its Gateways were deployed last: what was
 * forbidden by it must not be allowed because somebody deleted the class.
 */
export function standIns(
  resources: ResourceSet,
  gateways: readonly Resource<Gateway>[],
): readonly Resource<GatewayClass>[] {
  const notes = new Map<string, string | null>();
  for (const gateway of gateways) {
    const note = deploymentOf(unitOfGateway(gateway), resources)?.metadata.annotations?.[classParametersAnnotation];
    const name = gateway.object.spec.gatewayClassName;
    notes.set(name, notes.get(name) ?? note ?? null);
  }
  return [...notes].map(([name, note]) => {
    const apiVersion = `${group}/v1`;
    const kind = 'GatewayClass';
    const spec = { controllerName, ...parametersRefOf(note) };
    const object = { apiVersion, kind, metadata: { name }, spec, status: {} } as GatewayClass;
    return {
      reference: { apiVersion, kind, namespace: '', name },
      object,
      provenance: { file: null, position: () => null },
    };
  });
}

/** Reads `namespace/name`. */
function parametersRefOf(note: string | null): Pick<GatewayClass['spec'], 'parametersRef'> {
  const [namespace = '', name = ''] = note?.split('/') ?? [];
  return name === '' ? {} : { parametersRef: { ...farsideConfigKind, namespace, name } };
}

export const orphaned = (gateway: Resource<Gateway>): Finding => ({
  severity: 'error',
  reason: 'GatewayClassNotFound',
  message: `${describeObject(gateway.reference)} is of GatewayClass ${gateway.object.spec.gatewayClassName}, which does not exist any more`,
  effect: 'it is served on, with what it was deployed with',
  remedy: 'make the GatewayClass again, or delete the Gateway',
  origin: originOf(gateway, 'spec.gatewayClassName'),
});
