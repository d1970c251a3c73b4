import type { Finding } from '../../../model/finding.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import type { DataPlaneFacts, StatusDocument } from '../../dialect.ts';
import { type ConditionClock, conditions, describeProblems, unless, type Verdict } from '../condition.ts';
import { listenerIds } from './assemble.ts';
import { allowsInsecureFallback } from './client-validation.ts';
import type { Conflicts } from './conflicts.ts';
import { type GatewayState, isServable, type ListenerSetState, type ListenerState } from './state.ts';

/** What the status of Gateways is made of, beside the Gateways. */
export interface GatewayFacts {
  readonly conflicts: Conflicts;
  readonly overlaps: ReadonlyMap<ListenerState, Verdict>;
  /** Routes that are attached and accepted, by listener. */
  readonly attached: ReadonlyMap<ListenerState, number>;
  /** What `spec.tls.backend` cannot have. */
  readonly clientCertificateProblems: (gateway: GatewayState) => readonly Finding[];
  readonly portOffset: number;
  readonly now: string;
}

export function gatewayStatus(gateway: GatewayState, facts: GatewayFacts, applied: DataPlaneFacts): StatusDocument {
  const { resource } = gateway;
  const clock = { generation: resource.object.metadata.generation ?? 1, now: facts.now };
  const listeners = gateway.listeners.map((listener) => readListenerVerdicts(gateway, listener, facts, applied));
  const verdicts = [
    accepted(gateway, listeners),
    programmed(gateway, listeners, applied),
    resolved(facts.clientCertificateProblems(gateway), listeners),
    ...(gateway.assignment === null ? [] : [gateway.assignment]),
    ...(allowsInsecureFallback(resource) ? [insecureFallback] : []),
  ];
  return {
    apiVersion: resource.reference.apiVersion,
    kind: resource.reference.kind,
    metadata: { namespace: resource.reference.namespace, name: resource.reference.name },
    status: {
      addresses: gateway.addresses.map((value, index) => ({
        // A load balancer may be known by a name alone.
        type: canonicalIpAddress(value) === null ? 'Hostname' : 'IPAddress',
        value,
        ...(gateway.routabilities === null ? {} : { routability: gateway.routabilities[index] ?? '' }),
      })),
      conditions: conditions(verdicts, clock),
      listeners: listeners.map((each) => listenerStatus(each, facts, clock)),
      ...attachedListenerSets(gateway, facts, applied),
    },
  };
}

/** Left out where no ListenerSet can be, nor wants to be, attached. */
function attachedListenerSets(
  gateway: GatewayState,
  facts: GatewayFacts,
  applied: DataPlaneFacts,
): { readonly attachedListenerSets?: number } {
  const { listenerSets, resource } = gateway;
  if (listenerSets.length === 0 && resource.object.spec.allowedListeners === undefined) return {};
  const attached = listenerSets.filter((set) => readSetVerdicts(gateway, set, facts, applied)[0].status === 'True');
  return { attachedListenerSets: attached.length };
}

/** The status of a ListenerSet of a Gateway of ours. */
export function listenerSetStatus(
  gateway: GatewayState,
  set: ListenerSetState,
  facts: GatewayFacts,
  applied: DataPlaneFacts,
): StatusDocument {
  const { apiVersion, kind, namespace, name } = set.resource.reference;
  const clock = { generation: set.resource.object.metadata.generation ?? 1, now: facts.now };
  const listeners = set.refused === null ? set.listeners : [];
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    status: {
      conditions: conditions(readSetVerdicts(gateway, set, facts, applied), clock),
      listeners: listeners.map((listener) =>
        listenerStatus(readListenerVerdicts(gateway, listener, facts, applied), facts, clock),
      ),
    },
  };
}

/** Accepted and Programmed. A ListenerSet without one listener that can be served is rejected as a whole. */
function readSetVerdicts(
  gateway: GatewayState,
  { refused, listeners }: ListenerSetState,
  facts: GatewayFacts,
  applied: DataPlaneFacts,
): readonly [Verdict, Verdict] {
  const no = (reason: string, message: string): readonly [Verdict, Verdict] => [
    { type: 'Accepted', status: 'False', reason, message },
    { type: 'Programmed', status: 'False', reason, message },
  ];
  if (refused !== null) return no(refused.reason, describeProblems([refused]));
  if (gateway.problems.length > 0) return no('ParentNotAccepted', `Gateway ${gateway.key} is not accepted`);
  const read = listeners.map((listener) => readListenerVerdicts(gateway, listener, facts, applied));
  const valid = read.filter(({ isAccepted, listener }) => isAccepted && isServable(listener));
  const invalid = read.filter((each) => !valid.includes(each)).map(({ listener }) => listener.stated.name);
  const notValid = `listeners that are not valid: ${invalid.join(', ')}`;
  if (valid.length === 0) return no('ListenersNotValid', `${notValid}; none is left`);
  const accepted: Verdict =
    invalid.length === 0
      ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: `attached to Gateway ${gateway.key}` }
      : { type: 'Accepted', status: 'True', reason: 'ListenersNotValid', message: notValid };
  const open = valid.some(({ closed }) => closed === null);
  return [
    accepted,
    open
      ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'its listeners are open' }
      : { type: 'Programmed', status: 'False', reason: 'Pending', message: 'no listener is open' },
  ];
}

/** A listener with what its conditions say. */
interface ListenerVerdicts {
  readonly listener: ListenerState;
  readonly isAccepted: boolean;
  /** Null where it is open. */
  readonly closed: Closed | null;
  readonly isResolved: boolean;
  readonly verdicts: readonly Verdict[];
}

function readListenerVerdicts(
  gateway: GatewayState,
  listener: ListenerState,
  facts: GatewayFacts,
  applied: DataPlaneFacts,
): ListenerVerdicts {
  const conflict = facts.conflicts.get(listener);
  const overlap = facts.overlaps.get(listener);
  const refusals = [...listener.problems, ...(conflict === undefined ? [] : [conflict])];
  const closed = whyNotOpen(gateway, listener, refusals, facts.portOffset, applied);
  // A port that is taken is the listener's fault (`PortUnavailable`); an address that is not there is the Gateway's.
  const taken = closed?.finding?.reason === 'PortUnavailable' ? [closed.finding] : [];
  const verdicts: Verdict[] = [
    unless([...refusals, ...taken], 'Accepted', 'Accepted', 'the listener is valid'),
    conflict === undefined
      ? { type: 'Conflicted', status: 'False', reason: 'NoConflicts', message: 'no other listener takes its place' }
      : { type: 'Conflicted', status: 'True', reason: conflict.reason, message: describeProblems([conflict]) },
    unless(listener.unresolved, 'ResolvedRefs', 'ResolvedRefs', 'all references are resolved'),
    closed === null
      ? { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'the listener is open' }
      : { type: 'Programmed', status: 'False', reason: closed.reason, message: closed.message },
    ...(overlap === undefined ? [] : [overlap]),
  ];
  return {
    listener,
    isAccepted: refusals.length + taken.length === 0,
    closed,
    isResolved: listener.unresolved.length === 0,
    verdicts,
  };
}

interface Closed {
  /** Reason of `Programmed=False`. */
  readonly reason: string;
  readonly message: string;
  /** What the data plane says of it, or null. */
  readonly finding: Finding | null;
}

/** Why a listener is not open on all of its addresses, or null. */
function whyNotOpen(
  gateway: GatewayState,
  listener: ListenerState,
  refusals: readonly Finding[],
  portOffset: number,
  applied: DataPlaneFacts,
): Closed | null {
  const closed = (reason: string, message: string, finding: Finding | null = null) => ({ reason, message, finding });
  if (gateway.problems.length > 0) return closed('Invalid', 'the Gateway is not accepted');
  const [refusal] = refusals;
  if (refusal !== undefined) {
    // A ListenerSet tells the conflict here too.
    const reason = listener.owner === gateway.resource ? 'Invalid' : refusal.reason;
    return closed(reason, 'the listener is not accepted');
  }
  if (!isServable(listener)) return closed('Invalid', describeProblems(listener.unresolved));
  if (gateway.places.length === 0) return closed('Pending', 'the Gateway has no address');
  const ids = listenerIds(gateway, listener, portOffset);
  const missing = ids.filter((id) => !applied.isOpen(id));
  if (missing.length === 0) return null;
  const finding = applied.findings.find((each) => unavailable.has(each.reason) && concerns(each, listener));
  if (finding !== undefined) return closed('Invalid', describeProblems([finding]), finding);
  const unserved = applied.findings.find((each) => each.reason === 'NoDataPlane' && isOf(each, gateway));
  return closed('Pending', unserved?.message ?? `not open yet: ${missing.join(', ')}`);
}

/** Whether a finding is about a Gateway, or a ListenerSet of it. */
function isOf({ origin }: Finding, { resource, listenerSets }: GatewayState): boolean {
  return [resource, ...listenerSets.map((set) => set.resource)].some(
    ({ reference: { kind, namespace, name } }) =>
      origin.kind === kind && origin.namespace === namespace && origin.name === name,
  );
}

/** Reasons of the data plane for a socket that cannot be opened, with the Gateway's where it is the address. */
const unavailable: ReadonlyMap<string, string> = new Map([
  ['PortUnavailable', 'Invalid'],
  ['AddressUnavailable', 'AddressNotUsable'],
]);

function concerns({ origin }: Finding, { owner, index }: ListenerState): boolean {
  return (
    origin.kind === owner.reference.kind &&
    origin.namespace === owner.reference.namespace &&
    origin.name === owner.reference.name &&
    origin.field === `spec.listeners[${index}]`
  );
}

function listenerStatus({ listener, verdicts }: ListenerVerdicts, facts: GatewayFacts, clock: ConditionClock) {
  return {
    name: listener.stated.name,
    supportedKinds: listener.kinds,
    attachedRoutes: facts.attached.get(listener) ?? 0,
    conditions: conditions(verdicts, clock),
  };
}

function accepted({ problems }: GatewayState, listeners: readonly ListenerVerdicts[]): Verdict {
  if (problems.length > 0) return unless(problems, 'Accepted', 'Accepted', '');
  const invalid = listeners.filter(({ isAccepted }) => !isAccepted).map(({ listener }) => listener.stated.name);
  if (invalid.length === 0) {
    return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the Gateway is served by Farside' };
  }
  const valid = listeners.filter(({ isAccepted }) => isAccepted).map(({ listener }) => listener.stated.name);
  const rest = valid.length === 0 ? 'none is left' : `accepted: ${valid.join(', ')}`;
  return {
    type: 'Accepted',
    // Without one valid listener the Gateway has none at all, and is rejected as a whole.
    status: valid.length === 0 ? 'False' : 'True',
    reason: 'ListenersNotValid',
    message: `listeners that are not valid: ${invalid.join(', ')}; ${rest}`,
  };
}

function programmed(
  gateway: GatewayState,
  listeners: readonly ListenerVerdicts[],
  { findings }: DataPlaneFacts,
): Verdict {
  const { problems, addresses, addressProblems } = gateway;
  const no = (reason: string, message: string): Verdict => ({ type: 'Programmed', status: 'False', reason, message });
  if (problems.length > 0) return no('Invalid', 'the Gateway is not accepted');
  const [address] = addressProblems;
  if (address !== undefined) return no(address.reason, describeProblems(addressProblems));
  if (listeners.some(({ closed }) => closed === null)) {
    return {
      type: 'Programmed',
      status: 'True',
      reason: 'Programmed',
      message: [
        `listeners are open on ${addresses.join(', ')}`,
        ...findings
          .filter((each) => each.reason === 'NotDeployed' && isOf(each, gateway))
          .map((each) => describeProblems([each])),
      ].join('; '),
    };
  }
  const finding = listeners.map(({ closed }) => closed?.finding ?? null).find((each) => each !== null);
  if (finding !== undefined && finding !== null) {
    return no(unavailable.get(finding.reason) ?? 'Invalid', describeProblems([finding]));
  }
  const pending = listeners.find(({ isAccepted, isResolved }) => isAccepted && isResolved);
  return no(pending === undefined ? 'Invalid' : 'Pending', pending?.closed?.message ?? noneIsOpen(listeners));
}

/** Each may have a reason of its own, which its conditions tell. */
function noneIsOpen(listeners: readonly ListenerVerdicts[]): string {
  const names = listeners.map(({ listener }) => listener.stated.name);
  if (names.length === 0) return 'no listener is open';
  return `no listener is open; the conditions of ${names.length === 1 ? 'listener' : 'listeners'} ${names.join(', ')} tell why`;
}

/** Set only where it is true, as the specification has it. */
const insecureFallback: Verdict = {
  type: 'InsecureFrontendValidationMode',
  status: 'True',
  reason: 'ConfigurationChanged',
  message: 'clients are let in whose certificate is missing or not valid (mode AllowInsecureFallback)',
};

/** The client certificate, which is the Gateway's own reference, comes before the summary of its listeners. */
function resolved(clientCertificate: readonly Finding[], listeners: readonly ListenerVerdicts[]): Verdict {
  if (clientCertificate.length > 0) return unless(clientCertificate, 'ResolvedRefs', 'ResolvedRefs', '');
  const unresolved = listeners.filter(({ isResolved }) => !isResolved).map(({ listener }) => listener.stated.name);
  return unresolved.length === 0
    ? { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'all references are resolved' }
    : {
        type: 'ResolvedRefs',
        status: 'False',
        reason: 'ListenersNotResolved',
        message: `listeners with references that are not resolved: ${unresolved.join(', ')}`,
      };
}
