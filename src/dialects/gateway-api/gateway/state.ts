import type { Finding } from '../../../model/finding.ts';
import type { Listener as ModelListener } from '../../../model/listener.ts';
import type { KeyPair } from '../../../model/model.ts';
import type { Certificate, ListenerTls } from '../../../model/tls.ts';
import type { Gateway, Listener, ListenerSet } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import type { StoredTrust } from '../../../resources/pem/trust-store.ts';
import type { Verdict } from '../condition.ts';
import type { ListenerProtocol } from '../protocols.ts';
import type { ReadExternalAuth } from '../route/external-auth.ts';

/** A Gateway of ours as it reads by itself, before it meets other Gateways and routes. */
export interface GatewayState {
  readonly resource: Resource<Gateway>;
  /** `namespace/name`. */
  readonly key: string;
  /** The addresses that clients reach it by. Empty where it has none. */
  readonly addresses: readonly string[];
  /** From where each of them is reached, as the status says it; null where it says nothing of that. */
  readonly routabilities: readonly string[] | null;
  /** What became of the addresses that it asks for (`AddressesAssigned`); null where the status says nothing of that. */
  readonly assignment: Verdict | null;
  /** Where its listeners are opened. Empty where they cannot be. */
  readonly places: readonly Place[];
  /** Why it is not accepted. */
  readonly problems: readonly Finding[];
  /**
   * Whether its listeners may be served. A Gateway that is not accepted is not, except where only its parameters cannot be
   * had and pods of its own may be there from before.
   */
  readonly isServed: boolean;
  /** Why it does not have the addresses that it should have. It is served on those that it has. */
  readonly addressProblems: readonly Finding[];
  readonly listeners: readonly ListenerState[];
  /** Those that name it as their parent, in the order of precedence: the oldest first, then by `namespace/name`. */
  readonly listenerSets: readonly ListenerSetState[];
}

/** Where a listener is opened, as the model says it. */
export type Place = Pick<ModelListener, 'address' | 'dataPlane'>;

/** A ListenerSet of a Gateway of ours (GEP-1713). */
export interface ListenerSetState {
  readonly resource: Resource<ListenerSet>;
  /** `namespace/name`. */
  readonly key: string;
  /** Why the Gateway does not take it, or null. None of its listeners is served then. */
  readonly refused: Finding | null;
  readonly listeners: readonly ListenerState[];
}

/** The listeners of a Gateway and of the ListenerSets that it takes. */
export function allListeners({ listeners, listenerSets }: GatewayState): readonly ListenerState[] {
  const taken = listenerSets.filter(({ refused }) => refused === null);
  return taken.length === 0 ? listeners : [...listeners, ...taken.flatMap((each) => each.listeners)];
}

/** One listener of a Gateway, or of a ListenerSet of it. */
export interface ListenerState {
  /** `infra/edge/https`: namespace, Gateway, listener; `infra/edge/ListenerSet/team/extra/https` in a ListenerSet. */
  readonly name: string;
  /** The object that states it: the Gateway or a ListenerSet. */
  readonly owner: Resource<Gateway | ListenerSet>;
  /** Position in `spec.listeners`. */
  readonly index: number;
  readonly stated: Listener;
  /** Lower-case; empty for every host. */
  readonly hostname: string;
  /** Null where nothing carries the protocol. */
  readonly protocol: ListenerProtocol['carriedAs'];
  /** TLS goes on to the backend as it is. */
  readonly passthrough: boolean;
  /** The route kinds that it lets in, of those that are supported. */
  readonly kinds: readonly GroupKind[];
  /** Null where no TLS is terminated, and where TLS cannot be set up as asked. */
  readonly tls: ListenerTls | null;
  readonly certificates: readonly ListenerCertificate[];
  /** What clients' certificates are verified against; empty where clients are not asked for any. */
  readonly trust: readonly StoredTrust[];
  /** Who is asked of every request, in this order. */
  readonly filters: readonly ReadExternalAuth[];
  /** Why it is not accepted; it is not served then. */
  readonly problems: readonly Finding[];
  /** References that cannot be resolved. It is served all the same where enough is left (one of two certificates). */
  readonly unresolved: readonly Finding[];
}

export interface ListenerCertificate {
  readonly certificate: Certificate;
  readonly pair: KeyPair;
}

/** Whether TLS is to be terminated on the listener. */
export function terminatesTls({ protocol, passthrough }: Pick<ListenerState, 'protocol' | 'passthrough'>): boolean {
  return protocol === 'HTTPS' || (protocol === 'TLS' && !passthrough);
}

/** Whether a listener can be served, as far as it alone can tell. */
export function isServable(listener: ListenerState): boolean {
  const { protocol, problems, tls } = listener;
  return protocol !== null && problems.length === 0 && (!terminatesTls(listener) || tls !== null);
}
