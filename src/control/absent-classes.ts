import { isOfUnit, unitOfGateway } from '../infrastructure/gateway/unit.ts';
import type { Finding } from '../model/finding.ts';
import { describeObject } from '../model/origin.ts';
import type { Gateway, GatewayClass } from '../resources/generated/types.ts';
import type { Resource } from '../resources/object.ts';
import { originOf, type ResourceSet } from '../resources/set.ts';
import { controllerName } from './parts.ts';

const group = 'gateway.networking.k8s.io';
const deployments = { group: 'apps', kind: 'Deployment' };

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
    const unit = unitOfGateway(gateway);
    const deployment = resources.get(deployments, unit.namespace, unit.objectName);
    return deployment !== undefined && isOfUnit(deployment.object, unit);
  });
}

/** Stands in for the class that is gone. */
export function standIns(gateways: readonly Resource<Gateway>[]): readonly Resource<GatewayClass>[] {
  const names = new Set(gateways.map(({ object }) => object.spec.gatewayClassName));
  return [...names].map((name) => {
    const apiVersion = `${group}/v1`;
    const kind = 'GatewayClass';
    const object = { apiVersion, kind, metadata: { name }, spec: { controllerName }, status: {} } as GatewayClass;
    return {
      reference: { apiVersion, kind, namespace: '', name },
      object,
      provenance: { file: null, position: () => null },
    };
  });
}

export const orphaned = (gateway: Resource<Gateway>): Finding => ({
  severity: 'error',
  reason: 'GatewayClassNotFound',
  message: `${describeObject(gateway.reference)} is of GatewayClass ${gateway.object.spec.gatewayClassName}, which does not exist any more`,
  effect: 'it is served on, with what it was deployed with',
  remedy: 'make the GatewayClass again, or delete the Gateway',
  origin: originOf(gateway, 'spec.gatewayClassName'),
});
