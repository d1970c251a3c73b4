import { findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Finding } from '../../../model/finding.ts';
import { findKeyExchangeGroup } from '../../../model/key-exchange-group.ts';
import type { Decided } from '../../../model/origin.ts';
import type { TlsVersion } from '../../../model/tls.ts';
import type { EnvoyTLS } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import type { ConfigurationSource } from './source.ts';

/** `tls` or `upstream-tls` of the configuration. Newer versions of Contour have curves as well. */
export type StatedTls = EnvoyTLS & { readonly ecdhCurves?: readonly string[] };

export interface ReadTls {
  readonly minVersion: Decided<TlsVersion> | null;
  readonly maxVersion: Decided<TlsVersion> | null;
  /** Null for those of the gateway. */
  readonly ciphers: Decided<readonly string[]> | null;
  readonly groups: Decided<readonly string[]> | null;
}

/** @param field of `spec` */
export function readTls(
  source: ConfigurationSource,
  stated: StatedTls | undefined,
  field: string,
  findings: Finding[],
): ReadTls {
  const minVersion = readVersion(source, stated?.minimumProtocolVersion, `${field}.minimumProtocolVersion`, findings);
  const maxVersion = readVersion(source, stated?.maximumProtocolVersion, `${field}.maximumProtocolVersion`, findings);
  const contradicts = minVersion?.value === 'TLSv1.3' && maxVersion?.value === 'TLSv1.2';
  if (contradicts) {
    findings.push(
      source.finding('error', 'TLSConfigNotValid', `${field}.minimumProtocolVersion`, {
        message: 'the minimum TLS protocol version is greater than the maximum TLS protocol version',
        effect: 'the minimum counts: only TLS 1.3 is spoken',
        remedy: 'let the minimum be at most the maximum',
      }),
    );
  }
  return {
    minVersion,
    maxVersion: contradicts ? minVersion : maxVersion,
    ciphers: readList(source, stated?.cipherSuites, `${field}.cipherSuites`, findings, ciphersOf, cipherNames),
    groups: readList(source, stated?.ecdhCurves, `${field}.ecdhCurves`, findings, groupsOf, groupNames),
  };
}

const versions: Readonly<Record<string, TlsVersion>> = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };

/** What is no version counts as the strictest one: whoever wrote it wanted a limit. */
function readVersion(
  source: ConfigurationSource,
  text: string | undefined,
  field: string,
  findings: Finding[],
): Decided<TlsVersion> | null {
  if (text === undefined || text === '') return null;
  const known = Object.hasOwn(versions, text) ? versions[text] : undefined;
  if (known === undefined) {
    const end = field.endsWith('minimumProtocolVersion') ? 'minimum' : 'maximum';
    findings.push(
      source.finding('error', 'TLSConfigNotValid', field, {
        message: `invalid TLS ${end} protocol version: ${goQuote(text)}`,
        effect: '1.3 counts in its place',
        remedy: 'write 1.2 or 1.3',
      }),
    );
  }
  return { value: known ?? 'TLSv1.3', origin: source.originOf(field) };
}

const cipherNames = 'cipher suites';
const groupNames = 'ECDH curves';

/** What is not known is left out; without any that is known the gateway's own, which are strong, count. */
function readList(
  source: ConfigurationSource,
  stated: readonly string[] | undefined,
  field: string,
  findings: Finding[],
  namesOf: (text: string) => readonly string[] | null,
  what: string,
): Decided<readonly string[]> | null {
  if (stated === undefined || stated.length === 0) return null;
  const names: string[] = [];
  const unknown: string[] = [];
  for (const text of stated) {
    const known = namesOf(text);
    if (known === null) unknown.push(text);
    else names.push(...known);
  }
  if (unknown.length > 0) {
    const effect =
      names.length === 0 ? `the gateway's own ${what} count` : `the other ${what} of the list count without it`;
    findings.push(
      source.finding('error', 'TLSConfigNotValid', field, {
        message: `invalid ${what} [${unknown.map((each) => goQuote(each)).join(' ')}]`,
        effect,
        remedy: 'correct or remove what is not known',
      }),
    );
  }
  if (names.length === 0) return null;
  return { value: [...new Set(names)], origin: source.originOf(field) };
}

/** One suite, or several of equal preference: `[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]`. */
function ciphersOf(text: string): readonly string[] | null {
  const group = /^\[(.+)\]$/.exec(text);
  const names = (group?.[1] ?? text).split('|').map((name) => findCipherSuite(name.trim())?.name);
  return names.includes(undefined) ? null : names.filter((name) => name !== undefined);
}

function groupsOf(text: string): readonly string[] | null {
  const group = findKeyExchangeGroup(text.trim());
  return group === undefined ? null : [group.name];
}
