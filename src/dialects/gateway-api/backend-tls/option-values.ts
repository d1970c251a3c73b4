import { cipherSuites, findCipherSuite } from '../../../model/cipher-suite.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { findKeyExchangeGroup, keyExchangeGroups } from '../../../model/key-exchange-group.ts';
import type { AcceptedName, ServerName, TlsVersion } from '../../../model/tls.ts';
import { quote } from '../../../resources/quote.ts';

/** A value read from the text of an option, or what the text should have been. */
export type Parsed<T> =
  | { readonly type: 'value'; readonly value: T }
  /** `reason` is empty where the whole text is at fault, else it names the part: `"RC4-SHA" is no cipher suite`. */
  | { readonly type: 'refused'; readonly reason: string; readonly allowed: string };

const value = <T>(parsed: T): Parsed<T> => ({ type: 'value', value: parsed });
const refused = (allowed: string, reason = ''): Parsed<never> => ({ type: 'refused', reason, allowed });

const versions: Readonly<Record<string, TlsVersion>> = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };

export function parseVersion(text: string): Parsed<TlsVersion> {
  const version = Object.hasOwn(versions, text) ? versions[text] : undefined;
  return version === undefined ? refused('1.2, 1.3') : value(version);
}

/** OpenSSL or IANA names, separated by commas or colons, in order of preference; OpenSSL names come out. */
export function parseCiphers(text: string): Parsed<readonly string[]> {
  const allowed = cipherSuites.map(({ name }) => name).join(', ');
  return parseList(text, /[,:]/, 'cipher suite that can be used', allowed, (name) => findCipherSuite(name)?.name);
}

/** Names of groups, separated by commas or colons, in order of preference; OpenSSL names come out. */
export function parseGroups(text: string): Parsed<readonly string[]> {
  const allowed = keyExchangeGroups.map(({ name }) => name).join(', ');
  return parseList(
    text,
    /[,:]/,
    'key exchange group that can be used',
    allowed,
    (name) => findKeyExchangeGroup(name)?.name,
  );
}

const protocols: readonly string[] = ['h2', 'http/1.1'];

/** Protocols in order of preference; `none` sends no ALPN extension. */
export function parseAlpn(text: string): Parsed<readonly string[]> {
  if (text.trim() === 'none') return value([]);
  const allowed = `${protocols.join(', ')}, or none`;
  return parseList(text, /,/, 'protocol that can be offered', allowed, (name) => protocols.find((one) => one === name));
}

const hostname = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const serverNames: Readonly<Record<string, ServerName>> = {
  none: { type: 'none' },
  endpoint: { type: 'endpoint' },
  'host-header': { type: 'host-header' },
};

/** A host name, or one of the words `none`, `endpoint` and `host-header`. Never an IP address (RFC 6066 section 3). */
export function parseServerName(text: string): Parsed<ServerName> {
  const word = Object.hasOwn(serverNames, text) ? serverNames[text] : undefined;
  if (word !== undefined) return value(word);
  const name = text.toLowerCase();
  const allowed = 'a host name, none, endpoint, host-header';
  if (canonicalIpAddress(name) !== null)
    return refused(allowed, 'an IP address is no server name (RFC 6066 section 3)');
  return hostname.test(name) ? value({ type: 'fixed', name }) : refused(allowed);
}

const maxAddresses = 16;

/** IP addresses that a certificate may carry as iPAddress names. */
export function parseIpAddresses(text: string): Parsed<readonly AcceptedName[]> {
  const allowed = `IPv4 and IPv6 addresses separated by commas, at most ${maxAddresses}`;
  const parsed = parseList(text, /,/, 'IP address', allowed, (one) => canonicalIpAddress(one) ?? undefined);
  if (parsed.type === 'refused') return parsed;
  if (parsed.value.length > maxAddresses) return refused(allowed, `there are ${parsed.value.length}`);
  return value(parsed.value.map((address) => ({ type: 'ip', value: address })));
}

export function parseBoolean(text: string): Parsed<boolean> {
  return text === 'true' || text === 'false' ? value(text === 'true') : refused('true, false');
}

/** A list without empty parts; what is there twice counts once, at its first place. */
function parseList(
  text: string,
  separator: RegExp,
  what: string,
  allowed: string,
  read: (part: string) => string | undefined,
): Parsed<readonly string[]> {
  const parts = text.split(separator).map((part) => part.trim());
  const found = new Set<string>();
  for (const part of parts) {
    const one = read(part);
    if (one === undefined) return refused(allowed, `${quote(part)} is no ${what}`);
    found.add(one);
  }
  return value([...found]);
}
