import { isIP } from 'node:net';
import type { AcceptedName } from '../../../model/tls.ts';
import { addressOctets, describeOctets } from './address.ts';
import type { PresentedNames } from './presented-names.ts';

/**
 * Whether one of a certificate's names is one of the accepted ones (RFC 9525 section 6). One match is enough. Names of
 * one kind are never compared with another kind's, and nothing is accepted where no name is asked for.
 */
export function verifyNames(presented: PresentedNames, accepted: readonly AcceptedName[]): boolean {
  return accepted.some((name) => {
    switch (name.type) {
      case 'dns':
        return presented.dns.some((dns) => matchesDns(dns, name.value));
      case 'uri':
        return presented.uris.some((uri) => normalUri(uri) === normalUri(name.value));
      case 'ip': {
        const octets = addressOctets(name.value);
        return octets !== null && presented.addresses.includes(octets);
      }
      default:
        return false;
    }
  });
}

/** A certificate's names as people write them: `orders.internal, spiffe://shop/orders, 10.0.0.7`. */
export function describeNames(presented: PresentedNames): string {
  const names = [...presented.dns, ...presented.uris, ...presented.addresses.map(describeOctets)];
  return names.map(printable).join(', ');
}

/** What may stand in a presented DNS name; anything else (a NUL, a space) is no name at all. */
const dnsName = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/**
 * RFC 9525 section 6.3. A wildcard in the certificate is its whole left-most label, stands for exactly one label, and is
 * followed by two labels or more, so that no certificate speaks for a top-level domain. A wildcard in the accepted name
 * (Gateway API's Hostname type allows it) is as narrow: one label, or the certificate's equal wildcard.
 */
function matchesDns(presented: string, accepted: string): boolean {
  const pattern = presented.toLowerCase();
  const name = withoutFinalDot(accepted.toLowerCase());
  if (!dnsName.test(pattern) || !dnsName.test(name) || isIP(name) !== 0) return false;
  if (pattern.startsWith('*.') && pattern.split('.').length < 3) return false;
  if (pattern === name) return true;
  if (pattern.startsWith('*.')) return !name.startsWith('*.') && parent(name) === pattern.slice(2);
  return name.startsWith('*.') && name.split('.').length >= 3 && parent(pattern) === name.slice(2);
}

/** The name without its left-most label. */
function parent(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

const withoutFinalDot = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name);

const uriStart = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i;

/** Scheme and host are compared without regard to case, all the rest exactly (RFC 5280 section 7.4). */
function normalUri(uri: string): string {
  return uri.replace(uriStart, (start: string, _scheme: string, authority: string) => {
    // The user information, before an at sign, keeps its case.
    const at = authority.lastIndexOf('@') + 1;
    const host = start.length - authority.length + at;
    return (
      start.slice(0, start.length - authority.length).toLowerCase() +
      authority.slice(0, at) +
      start.slice(host).toLowerCase()
    );
  });
}

/** A certificate's author chose these bytes; a log line and a terminal must not obey them. */
function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
