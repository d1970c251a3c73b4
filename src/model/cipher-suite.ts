import type { TlsVersion } from './tls.ts';

/** One cipher suite that may be asked for. */
export interface CipherSuite {
  /** OpenSSL's name, the one that the model and data planes use. */
  readonly name: string;
  /** The name in the IANA registry "TLS Cipher Suites". Both names are the same in TLS 1.3. */
  readonly iana: string;
  readonly version: TlsVersion;
  /**
   * What speaks against it, or null: without ephemeral keys, whoever gets the server's key later reads what was
   * recorded; CBC with HMAC has a history of padding oracles (RFC 9325 section 4.2).
   */
  readonly weakness: string | null;
}

const noForwardSecrecy = 'recorded traffic can be read by whoever gets the key of the server later';
const cbc = 'CBC mode';

const tls13 = (name: string): CipherSuite => ({ name, iana: name, version: 'TLSv1.3', weakness: null });
const tls12 = (name: string, iana: string, weakness: string | null = null): CipherSuite => ({
  name,
  iana,
  version: 'TLSv1.2',
  weakness,
});

/**
 * Every suite that both OpenSSL and BoringSSL speak with certificates, in order of preference. The weak ones at the end
 * serve backends that know nothing better; nothing chooses them by default.
 */
export const cipherSuites: readonly CipherSuite[] = [
  tls13('TLS_AES_128_GCM_SHA256'),
  tls13('TLS_AES_256_GCM_SHA384'),
  tls13('TLS_CHACHA20_POLY1305_SHA256'),
  tls12('ECDHE-ECDSA-AES128-GCM-SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'),
  tls12('ECDHE-RSA-AES128-GCM-SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'),
  tls12('ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'),
  tls12('ECDHE-RSA-AES256-GCM-SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'),
  tls12('ECDHE-ECDSA-CHACHA20-POLY1305', 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'),
  tls12('ECDHE-RSA-CHACHA20-POLY1305', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256'),
  tls12('ECDHE-ECDSA-AES128-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', cbc),
  tls12('ECDHE-RSA-AES128-SHA', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', cbc),
  tls12('ECDHE-ECDSA-AES256-SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', cbc),
  tls12('ECDHE-RSA-AES256-SHA', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', cbc),
  tls12('AES128-GCM-SHA256', 'TLS_RSA_WITH_AES_128_GCM_SHA256', noForwardSecrecy),
  tls12('AES256-GCM-SHA384', 'TLS_RSA_WITH_AES_256_GCM_SHA384', noForwardSecrecy),
  tls12('AES128-SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA', `${cbc}, and ${noForwardSecrecy}`),
  tls12('AES256-SHA', 'TLS_RSA_WITH_AES_256_CBC_SHA', `${cbc}, and ${noForwardSecrecy}`),
];

const byName: ReadonlyMap<string, CipherSuite> = new Map(
  cipherSuites.flatMap((suite) => [
    [suite.name.toUpperCase(), suite],
    [suite.iana, suite],
  ]),
);

/** The suite with this OpenSSL or IANA name, in any letter case. */
export function findCipherSuite(name: string): CipherSuite | undefined {
  return byName.get(name.toUpperCase());
}
