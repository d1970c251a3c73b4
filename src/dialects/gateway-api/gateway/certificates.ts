import type { Finding } from '../../../model/finding.ts';
import { covers } from '../../../model/hostname.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Certificate } from '../../../model/tls.ts';
import type { SecretObjectReference } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { readTlsSecret } from '../../../resources/pem/tls-secret.ts';
import { describeValidity, validityAt } from '../../../resources/pem/validity.ts';
import { originOf } from '../../../resources/set.ts';
import type { ListenerContext } from './listener.ts';
import { readSecretRef } from './secret-ref.ts';
import type { ListenerCertificate } from './state.ts';

export interface ReadCertificates {
  readonly certificates: readonly ListenerCertificate[];
  /** References that lead to no certificate. */
  readonly unresolved: readonly Finding[];
  /** What deserves a look although it is served. */
  readonly warnings: readonly Finding[];
}

/** Reads the `certificateRefs` of a listener, which stand at `field`. */
export function readCertificates(
  context: ListenerContext,
  owner: Resource,
  refs: readonly SecretObjectReference[],
  hostname: string,
  field: string,
): ReadCertificates {
  const certificates = new Map<string, ListenerCertificate>();
  const unresolved: Finding[] = [];
  const warnings: Finding[] = [];
  for (const [index, ref] of refs.entries()) {
    const read = readCertificate(context, owner, ref, `${field}[${index}]`);
    if (read.type === 'unresolved') {
      unresolved.push(read.finding);
      continue;
    }
    warnings.push(...read.warnings);
    const { certificate } = read.served;
    if (certificates.has(certificate.id)) continue;
    certificates.set(certificate.id, read.served);
    warnings.push(...validityWarnings(certificate, context.now, owner));
  }
  const served = [...certificates.values()];
  const effect =
    served.length === 0 ? 'the listener is not served' : 'the listener is served with its other certificates';
  if (served.length > 0 && hostname !== '' && !served.some(({ certificate }) => names(certificate, hostname))) {
    warnings.push({
      severity: 'warning',
      reason: 'CertificateNameMismatch',
      message: `no certificate of the listener is for ${hostname}`,
      effect: 'clients that verify will refuse the connection',
      remedy: `have a certificate issued for ${hostname}`,
      origin: originOf(owner, field),
    });
  }
  return { certificates: served, unresolved: unresolved.map((finding) => ({ ...finding, effect })), warnings };
}

type ReadCertificate =
  | { readonly type: 'served'; readonly served: ListenerCertificate; readonly warnings: readonly Finding[] }
  | { readonly type: 'unresolved'; readonly finding: Finding };

function readCertificate(
  context: ListenerContext,
  owner: Resource,
  ref: SecretObjectReference,
  field: string,
): ReadCertificate {
  const read = readSecretRef(context, owner, ref);
  if (read.type !== 'found') {
    const { message, remedy, part } = read;
    const reason = read.type === 'not-permitted' ? 'RefNotPermitted' : 'InvalidCertificateRef';
    const origin = originOf(owner, `${field}.${part}`);
    return { type: 'unresolved', finding: { severity: 'error', reason, message, remedy, origin } };
  }
  const { secret } = read;
  const reading = readTlsSecret(secret);
  const subject = describeObject(secret.reference);
  if (reading.type === 'invalid') {
    return {
      type: 'unresolved',
      finding: {
        severity: 'error',
        reason: 'InvalidCertificateRef',
        message: `${subject} ${reading.fault.message}`,
        remedy: reading.fault.remedy,
        origin: originOf(secret, reading.field),
        parent: owner.reference,
      },
    };
  }
  const warnings = reading.warnings.map(
    (fault): Finding => ({
      severity: 'warning',
      reason: 'SuspectCertificate',
      message: `${subject} ${fault.message}`,
      remedy: fault.remedy,
      origin: originOf(secret, 'data[tls.crt]'),
      parent: owner.reference,
    }),
  );
  if (reading.purposes !== null && !reading.purposes.some((purpose) => serverPurposes.includes(purpose))) {
    warnings.push({
      severity: 'warning',
      reason: 'SuspectCertificate',
      message: `${subject} is not made for servers: its extended key usage lacks serverAuth`,
      effect: 'clients that verify refuse the connection',
      remedy: 'have it issued with the usage "server auth"',
      origin: reading.certificate.origin,
      parent: owner.reference,
    });
  }
  return { type: 'served', served: { certificate: reading.certificate, pair: reading.pair }, warnings };
}

/** RFC 5280 section 4.2.1.12: id-kp-serverAuth, anyExtendedKeyUsage. */
const serverPurposes: readonly string[] = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

const validityReasons = {
  'not-yet': 'CertificateNotYetValid',
  soon: 'CertificateExpiresSoon',
  expired: 'CertificateExpired',
} as const;

/** An expired certificate is served all the same: the client decides, and refusing the port would help nobody. */
function validityWarnings(certificate: Certificate, now: string, owner: Resource): readonly Finding[] {
  const validity = validityAt(now, certificate.notBefore, certificate.notAfter);
  const state = describeValidity(validity);
  if (validity.type === 'valid' || state === null) return [];
  return [
    {
      severity: 'warning',
      reason: validityReasons[validity.type],
      message: `the certificate of ${certificate.id} ${state}`,
      ...(validity.type === 'soon' ? {} : { effect: 'clients that verify refuse the connection' }),
      remedy: validity.type === 'not-yet' ? 'check the clock of whoever issued it' : 'have it renewed',
      origin: certificate.origin,
      parent: owner.reference,
    },
  ];
}

/** Whether a certificate is for a hostname of a listener: a wildcard of a certificate stands for one label (RFC 9525). */
function names({ names: accepted }: Certificate, hostname: string): boolean {
  return accepted.some(({ type, value }) => {
    if (type !== 'dns') return false;
    if (value === hostname) return true;
    return covers(value, hostname) && value.split('.').length === hostname.split('.').length;
  });
}
