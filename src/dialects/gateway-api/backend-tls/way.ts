import { type PolicyTarget, type Step, targetKey, targetsOnTheWay } from '../../../policies/target.ts';
import { groupOf, type Resource } from '../../../resources/object.ts';
import type { Reach } from './contract.ts';

/** The objects that a request passes, from the backend to the gateway. */
export function stepsOf({ target, route, ruleName, gateway, listener }: Reach): readonly [Step, Step, Step] {
  return [stepAt(target.service, target.port.name ?? ''), stepAt(route, ruleName), stepAt(gateway, listener)];
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
 * where that Gateway's policy or client certificate does, both where both do.
 */
export function variantOf(decider: PolicyTarget | null, client: Step | null): string {
  const scopes: string[] = [];
  if (decider !== null && decider.kind !== 'Service') scopes.push(scope(decider));
  // A policy of the same Gateway, or of a listener of it, tells the Gateway already.
  if (client !== null && (decider === null || objectKey(decider) !== objectKey(client))) {
    scopes.push(scope(client));
  }
  return scopes.map((each) => `@${each}`).join('');
}

/** The suffix of a backend that is spoken to in another way than HTTPRoutes do: by HTTP/2 alone, or as a stream. */
export function protocolVariant({ target }: Reach): string {
  const { protocol, tls } = target.appProtocol;
  if (protocol === 'tcp') return tls ? '@tcp-tls' : '@tcp';
  return protocol === 'h2' ? '@h2' : '';
}

function scope({ kind, namespace, name, section }: PolicyTarget): string {
  return `${kind}/${namespace}/${name}${section === null ? '' : `#${section}`}`;
}
