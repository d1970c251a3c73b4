import { cipherSuites, findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Decided, Origin } from '../../../model/origin.ts';
import type { AcceptedName, BackendTls, TlsVersion, Verification } from '../../../model/tls.ts';
import { defaultOrigin } from '../../../resources/set.ts';
import type { AppProtocol } from '../service/app-protocol.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { BackendTlsDefaults } from './defaults.ts';
import type { Options } from './options.ts';

/** What decided a field that nobody set. One for all, so that backends are equal whichever way they are reached. */
const unset: Origin = defaultOrigin({
  apiVersion: 'farside.dev/v1',
  kind: 'Default',
  namespace: '',
  name: 'backend-tls',
});

const bothVersions: readonly string[] = ['h2', 'http/1.1'];

const byDefault = <T>(value: T): Decided<T> => ({ value, origin: unset });

/** What a policy, or an XBackend, asks for itself. */
export interface TlsWishes {
  /** The server name, and what stands in for it where an option says otherwise. */
  readonly hostname: Decided<string>;
  readonly options: Options;
  readonly names: Decided<readonly AcceptedName[]>;
  readonly verification: Decided<Verification>;
}

/** Puts together what a policy, a Gateway's client certificate, its FarsideConfigs and our own defaults say. */
export function composeTls(
  { hostname, options, names, verification }: TlsWishes,
  client: Exclude<ClientCertificate, { type: 'refused' }>,
  defaults: BackendTlsDefaults,
  { protocol }: AppProtocol,
): BackendTls {
  const minVersion = options.minVersion ?? defaults.minVersion ?? byDefault('TLSv1.2');
  // Not left to the data plane: Envoy's own default for clients is TLS 1.2.
  const maxVersion = options.maxVersion ?? defaults.maxVersion ?? byDefault('TLSv1.3');
  const ciphers = options.ciphers ?? usable(defaults.ciphers, minVersion.value, maxVersion.value);
  return {
    serverName: options.serverName ?? {
      value: { type: 'fixed', name: hostname.value },
      origin: hostname.origin,
    },
    verification,
    names,
    clientCertificate: client.type === 'none' ? byDefault(null) : client.id,
    minVersion,
    maxVersion,
    ciphers: withTls13(ciphers, maxVersion.value === 'TLSv1.3') ?? byDefault(null),
    groups: options.groups ?? defaults.groups ?? byDefault(null),
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

/** What is left of a default where a policy decides on the versions; null where nothing is. */
function usable(
  ciphers: Decided<readonly string[]> | null,
  minVersion: TlsVersion,
  maxVersion: TlsVersion,
): Decided<readonly string[]> | null {
  if (ciphers === null) return null;
  const value = ciphers.value.filter((name) => {
    const version = findCipherSuite(name)?.version;
    return version !== undefined && version >= minVersion && version <= maxVersion;
  });
  return value.length === 0 ? null : { value, origin: ciphers.origin };
}

/** A list of suites of TLS 1.2 says nothing about TLS 1.3, in this as in every other gateway: it keeps all of its own. */
function withTls13(ciphers: Decided<readonly string[]> | null, allowed: boolean): Decided<readonly string[]> | null {
  if (ciphers === null || !allowed) return ciphers;
  if (ciphers.value.some((name) => findCipherSuite(name)?.version === 'TLSv1.3')) return ciphers;
  const own = cipherSuites.filter(({ version }) => version === 'TLSv1.3').map(({ name }) => name);
  return { value: [...own, ...ciphers.value], origin: ciphers.origin };
}
