import type { Finding } from '../../../model/finding.ts';
import type { KeyPair } from '../../../model/model.ts';
import type { Certificate, ListenerTls } from '../../../model/tls.ts';
import type { Gateway, Listener } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import type { StoredTrust } from '../backend-tls/trust-store.ts';
import type { ListenerProtocol } from '../protocols.ts';

/** A Gateway of ours as it reads by itself, before it meets other Gateways and routes. */
export interface GatewayState {
  readonly resource: Resource<Gateway>;
  /** `namespace/name`. */
  readonly key: string;
  /** The addresses that it is served on. Empty where it has none. */
  readonly addresses: readonly string[];
  /** Why it is not accepted. None of its listeners is served then. */
  readonly problems: readonly Finding[];
  /** Why it does not have the addresses that it should have. It is served on those that it has. */
  readonly addressProblems: readonly Finding[];
  readonly listeners: readonly ListenerState[];
}

/** One listener of a Gateway. */
export interface ListenerState {
  /** `infra/edge/https`: namespace, Gateway, listener. */
  readonly name: string;
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
