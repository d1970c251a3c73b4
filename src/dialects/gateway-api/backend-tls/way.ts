import { type PolicyTarget, type Step, targetKey, targetsOnTheWay } from '../../../policies/target.ts';
import { groupOf, type Resource } from '../../../resources/object.ts';
import { kinds } from '../names.ts';
import { resourceOf } from '../service/target.ts';
import type { Reach } from './contract.ts';

/** The objects that a request passes, from the backend to the gateway. */
export function stepsOf({ target, route, ruleName, gateway, listener }: Reach): readonly [Step, Step, Step] {
  const port = target.type === 'service' ? (target.port.name ?? '') : '';
  return [stepAt(resourceOf(target), port), stepAt(route, ruleName), stepAt(gateway, listener)];
}

/** A Gateway as a whole. */
export function gatewayStep(gateway: Resource): Step {
  return stepAt(gateway, '');
}

function stepAt({ reference }: Resource, section: string): Step {
  const { kind, namespace, name } = reference;
  return { group: groupOf(reference.apiVersion), kind, namespace, name, section: section === '' ? null : section };
}

/** Most specific first: Service port, Service, route rule, route, listener, Gateway. */
export const targetsOf = (steps: readonly Step[]): readonly PolicyTarget[] => targetsOnTheWay(steps);

/** Key of the object of a step or target, without its section. */
export function objectKey(at: Step | PolicyTarget): string {
  return targetKey({ ...at, section: null });
}

/**
 * The suffix of a backend's id: `@HTTPRoute/shop/web#checkout` where a policy for that rule decides, `@Gateway/infra/edge`
 * where that Gateway's policy, client certificate or FarsideConfig does, `@GatewayClass/farside` where the class's
 * FarsideConfig does, several where several do.
 */
export function variantOf(decider: PolicyTarget, client: Step | null, defaults: Step | null): string {
  const scopes: PolicyTarget[] = [];
  for (const each of [decider, client, defaults]) {
    if (each === null || each.kind === kinds.service.kind) continue;
    // A policy of the same Gateway, or of a listener of it, tells the Gateway already, and a Gateway tells its class.
    if (scopes.some((other) => objectKey(other) === objectKey(each))) continue;
    const isClass = each.kind === kinds.gatewayClass.kind;
    if (isClass && scopes.some(({ kind }) => kind === kinds.gateway.kind)) continue;
    scopes.push(each);
  }
  return scopes.map(scopeVariant).join('');
}

/** The suffix of a backend that something outside of policies makes another one. */
export const scopeVariant = (target: PolicyTarget): string => `@${scope(target)}`;

/** The suffix of a backend that is spoken to in another way than HTTPRoutes do: by HTTP/2 alone, or as a stream. */
export function protocolVariant({ target }: Reach): string {
  const { protocol, tls } = target.appProtocol;
  if (protocol === 'tcp') return tls ? '@tcp-tls' : '@tcp';
  return protocol === 'h2' ? '@h2' : '';
}

function scope({ kind, namespace, name, section }: PolicyTarget): string {
  const place = namespace === '' ? name : `${namespace}/${name}`;
  return `${kind}/${place}${section === null ? '' : `#${section}`}`;
}
