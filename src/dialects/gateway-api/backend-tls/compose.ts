import { cipherSuites, findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Decided, Origin } from '../../../model/origin.ts';
import type { BackendTls } from '../../../model/tls.ts';
import { defaultOrigin, originOf } from '../../../resources/set.ts';
import type { AppProtocol } from '../service/app-protocol.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { PolicyReading } from './policy.ts';

/** What decided a field that nobody set. One for all, so that backends are equal whichever way they are reached. */
const unset: Origin = defaultOrigin({
  apiVersion: 'farside.dev/v1',
  kind: 'Default',
  namespace: '',
  name: 'backend-tls',
});

const bothVersions: readonly string[] = ['h2', 'http/1.1'];

const byDefault = <T>(value: T): Decided<T> => ({ value, origin: unset });

/** Puts together what a policy, a Gateway's client certificate and the defaults say. */
export function composeTls(
  { policy, options, names, verification }: Extract<PolicyReading, { problems: readonly [] }>,
  client: Exclude<ClientCertificate, { type: 'refused' }>,
  { protocol }: AppProtocol,
): BackendTls {
  const { hostname } = policy.object.spec.validation;
  return {
    serverName: options.serverName ?? {
      value: { type: 'fixed', name: hostname },
      origin: originOf(policy, 'spec.validation.hostname'),
    },
    verification,
    names,
    clientCertificate: client.type === 'none' ? byDefault(null) : client.id,
    minVersion: options.minVersion ?? byDefault('TLSv1.2'),
    // Not left to the data plane: Envoy's own default for clients is TLS 1.2.
    maxVersion: options.maxVersion ?? byDefault('TLSv1.3'),
    ciphers: withTls13(options.ciphers, options.maxVersion?.value !== 'TLSv1.2') ?? byDefault(null),
    groups: options.groups ?? byDefault(null),
    // A WebSocket upgrade is a matter of HTTP/1.1 (RFC 6455), gRPC of HTTP/2.
    alpn: options.alpn ?? byDefault(defaultAlpn(protocol)),
  };
}

function defaultAlpn(protocol: AppProtocol['protocol']): readonly string[] {
  switch (protocol) {
    case 'http1':
      return ['http/1.1'];
    case 'h2':
      return ['h2'];
    case 'tcp':
    case 'udp':
      // Nobody knows what a stream carries.
      return [];
    default:
      return bothVersions;
  }
}

/** A list of suites of TLS 1.2 says nothing about TLS 1.3, in this as in every other gateway: it keeps all of its own. */
function withTls13(ciphers: Decided<readonly string[]> | null, allowed: boolean): Decided<readonly string[]> | null {
  if (ciphers === null || !allowed) return ciphers;
  if (ciphers.value.some((name) => findCipherSuite(name)?.version === 'TLSv1.3')) return ciphers;
  const own = cipherSuites.filter(({ version }) => version === 'TLSv1.3').map(({ name }) => name);
  return { value: [...own, ...ciphers.value], origin: ciphers.origin };
}
