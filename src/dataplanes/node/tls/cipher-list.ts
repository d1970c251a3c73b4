/*
 * OpenSSL configures the suites of TLS 1.3 apart from those of earlier versions; Node takes one string and splits it by the
 * prefix `TLS_`. A string that lacks one of the two kinds makes Node switch the version off that it would be for.
 */

/** Forward secrecy and AEAD only (RFC 9325 section 4.2), the cheaper AES-128 first. */
const defaultSuites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const defaultCiphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/**
 * The `ciphers` option of Node for a list of the model's. A TLS version of which the list names no cipher keeps its
 * defaults: what may be negotiated at all is said by the versions, and a list of TLS 1.2 names must not silently forbid
 * TLS 1.3.
 */
export function cipherList(configured: readonly string[] | null): string {
  const suites = (configured ?? []).filter((name) => name.startsWith('TLS_'));
  const ciphers = (configured ?? []).filter((name) => !name.startsWith('TLS_'));
  return [...(suites.length === 0 ? defaultSuites : suites), ...(ciphers.length === 0 ? defaultCiphers : ciphers)].join(
    ':',
  );
}

/** The `ecdhCurve` option of Node; `auto` leaves the choice to OpenSSL, which knows post-quantum groups from 3.5 on. */
export function groupList(configured: readonly string[] | null): string {
  return configured === null ? 'auto' : configured.join(':');
}
