import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { ForwardedPart } from '../../../model/tls.ts';
import { presentedNames } from './presented-names.ts';

/** Bounds what a chain makes of a request's head. */
const longestChain = 10;

/**
 * What backends are told of a client's certificate: the value of X-Forwarded-Client-Cert, as Envoy writes it. Its hash is
 * always told; empty where the client presented none.
 */
export function forwardedCertificate(socket: TLSSocket, parts: readonly ForwardedPart[]): string {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return '';
  const elements = [`Hash=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`];
  const tells = (part: ForwardedPart): boolean => parts.includes(part);
  if (tells('certificate')) elements.push(`Cert="${encodeURIComponent(certificate.toString())}"`);
  if (tells('chain')) elements.push(`Chain="${encodeURIComponent(chainOf(certificate).join(''))}"`);
  if (tells('subject')) elements.push(`Subject="${subjectOf(certificate)}"`);
  const names = presentedNames(certificate.raw);
  if (tells('uri')) elements.push(...names.uris.map((uri) => `URI=${quoteIfNeeded(uri)}`));
  if (tells('dns')) elements.push(...names.dns.map((name) => `DNS=${quoteIfNeeded(name)}`));
  return elements.join(';');
}

/** PEM, the client's own certificate first. */
function chainOf(leaf: X509Certificate): readonly string[] {
  const chain: string[] = [];
  for (let each: X509Certificate | undefined = leaf; each !== undefined && chain.length < longestChain; ) {
    chain.push(each.toString());
    each = each.checkIssued(each) ? undefined : each.issuerCertificate;
  }
  return chain;
}

/** RFC 2253: the last part first. Node gives one part a line, each escaped, and undefined for a name without parts. */
function subjectOf({ subject }: X509Certificate): string {
  const text: string | undefined = subject;
  return escapeQuotes((text ?? '').split('\n').reverse().join(','));
}

/** What separates elements must not end one: a name in a certificate is its owner's choice. */
function quoteIfNeeded(text: string): string {
  return /^[\w.:/*@%+-]+$/.test(text) ? text : `"${escapeQuotes(text)}"`;
}

/** The text as bytes, one character each, without what would end a quoted string or the field. */
function escapeQuotes(text: string): string {
  const printable = [...text].filter((character) => character >= ' ' && character !== '\x7f').join('');
  return Buffer.from(printable.replaceAll(/["\\]/g, '\\$&'), 'utf8').toString('latin1');
}
