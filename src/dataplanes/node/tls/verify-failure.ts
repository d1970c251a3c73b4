import type { Origin } from '../../../model/origin.ts';
import type { AcceptedName, BackendTls } from '../../../model/tls.ts';
import type { ConnectFailure, ConnectFailureReason } from '../proxy/connector.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import { describeNames } from './verify-names.ts';

/** What a certificate was judged by. */
export interface Trust {
  /** `ConfigMap shop/ca`, or words for the system's. */
  readonly description: string;
  /** Names of the bundle's authorities; empty for the system's. */
  readonly authorities: readonly string[];
}

export interface VerifyFacts {
  readonly tls: BackendTls;
  readonly trust: Trust;
  /** OpenSSL's verification code (`CERT_HAS_EXPIRED`), or `NAME_MISMATCH`. */
  readonly code: string;
  /** What the backend sent, the leaf first; never empty but where it sent nothing. */
  readonly chain: readonly PeerCertificate[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const nameMismatch = 'NAME_MISMATCH';

/** Why a backend's certificate is refused. */
export function verifyFailed(facts: VerifyFacts): ConnectFailure {
  switch (facts.code) {
    case nameMismatch:
      return wrongName(facts);
    case 'CERT_HAS_EXPIRED':
      return expired(facts);
    case 'CERT_NOT_YET_VALID':
      return notYetValid(facts);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return refused(
        facts,
        'self-signed',
        `certificate is self-signed and not in ${facts.trust.description}`,
        issuerOf(facts),
      );
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_SIGNATURE_FAILURE':
      return unknownIssuer(facts);
    case 'INVALID_PURPOSE':
      return refused(
        facts,
        'purpose',
        'certificate is not for servers (extendedKeyUsage has no serverAuth)',
        issuerOf(facts),
      );
    default:
      return refused(facts, 'certificate', `certificate is refused: ${words(facts.code)}`, issuerOf(facts));
  }
}

function wrongName({ tls, chain }: VerifyFacts): ConnectFailure {
  const wanted = tls.names.value.map(describeAccepted).join(', ');
  const presented = chain[0] === undefined ? '' : describeNames(chain[0].names);
  const message =
    presented === ''
      ? `certificate has no subjectAltName, wanted ${quoted(wanted)} (the common name never counts)`
      : `certificate is for ${quoted(presented)}, wanted ${quoted(wanted)}`;
  return build('name-mismatch', message, wanted, presented, tls.names.origin);
}

function unknownIssuer(facts: VerifyFacts): ConnectFailure {
  const { tls, trust, chain, code } = facts;
  const issuer = issuerOf(facts);
  if (tls.verification.value.type === 'system' && chain.length === 1 && code !== 'SELF_SIGNED_CERT_IN_CHAIN') {
    // Public authorities sign through intermediates, which a server must send (RFC 8446 section 4.4.2).
    return refused(
      facts,
      'missing-intermediate',
      `sent no intermediate certificate, and issuer ${JSON.stringify(issuer)} is not in ${trust.description}`,
      issuer,
    );
  }
  if (trust.authorities.includes(issuer)) {
    return refused(
      facts,
      'unknown-ca',
      `issuer ${JSON.stringify(issuer)} has the name of an authority in ${trust.description}, but another key`,
      issuer,
    );
  }
  const alone = chain.length === 1 ? '' : `, and nothing else of the ${chain.length} certificates that it sent is`;
  return refused(
    facts,
    'unknown-ca',
    `issuer ${JSON.stringify(issuer)} is not in ${trust.description}${alone}`,
    issuer,
  );
}

function expired(facts: VerifyFacts): ConnectFailure {
  const { chain, now } = facts;
  const at = chain.findIndex((certificate) => certificate.notAfter < now);
  const certificate = chain[at];
  // What the backend sent is valid, so it is an authority of ours that is not.
  if (certificate === undefined)
    return refused(facts, 'expired', `an authority in ${facts.trust.description} has expired`, '');
  const message = `${whose(at, certificate)} expired ${describeDuration(now - certificate.notAfter)} ago`;
  return refused(facts, 'expired', message, `valid until ${day(certificate.notAfter)}`);
}

function notYetValid(facts: VerifyFacts): ConnectFailure {
  const { chain, now } = facts;
  const at = chain.findIndex((certificate) => certificate.notBefore > now);
  const certificate = chain[at];
  if (certificate === undefined)
    return refused(facts, 'not-yet-valid', `an authority in ${facts.trust.description} is not yet valid`, '');
  const message = `${whose(at, certificate)} is valid only in ${describeDuration(certificate.notBefore - now)}`;
  return refused(facts, 'not-yet-valid', message, `valid from ${day(certificate.notBefore)}`);
}

const whose = (index: number, certificate: PeerCertificate): string =>
  index === 0 ? 'certificate' : `intermediate certificate ${JSON.stringify(certificate.subject)}`;

/** The last issuer that the chain names: the one that would have to be trusted. */
const issuerOf = ({ chain }: VerifyFacts): string => chain.at(-1)?.issuer ?? '';

function refused(facts: VerifyFacts, reason: ConnectFailureReason, message: string, presented: string): ConnectFailure {
  return build(reason, message, facts.trust.description, presented, facts.tls.verification.origin);
}

function build(
  reason: ConnectFailureReason,
  message: string,
  wanted: string,
  presented: string,
  origin: Origin,
): ConnectFailure {
  return { stage: 'verify', reason, wanted, presented, message, origin };
}

const describeAccepted = (name: AcceptedName): string => name.value;

/** Each of a list's names in quotes. */
const quoted = (names: string): string =>
  names
    .split(', ')
    .map((name) => JSON.stringify(name))
    .join(', ');

const words = (code: string): string => code.toLowerCase().replaceAll('_', ' ');

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** `2 d`, `3 h`, `5 min` or `40 s`: one unit is what people read. */
export function describeDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} d`;
  if (seconds >= 7_200) return `${Math.floor(seconds / 3_600)} h`;
  return seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
}
