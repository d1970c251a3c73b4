import type { Finding } from '../../../model/finding.ts';
import type { KeyPair } from '../../../model/model.ts';
import { type Decided, describeObject, type Origin } from '../../../model/origin.ts';
import type { Certificate } from '../../../model/tls.ts';
import type { Secret } from '../../../resources/core.ts';
import type { Gateway, SecretObjectReference } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { readTlsSecret } from '../../../resources/pem/tls-secret.ts';
import { describeValidity, validityAt } from '../../../resources/pem/validity.ts';
import { originOf } from '../../../resources/set.ts';
import { readSecretRef } from '../gateway/secret-ref.ts';
import type { BackendTlsInput } from './contract.ts';

/** What a Gateway presents to backends with TLS. */
export type ClientCertificate =
  | { readonly type: 'none' }
  | {
      readonly type: 'certificate';
      readonly id: Decided<string>;
      readonly certificate: Certificate;
      readonly pair: KeyPair;
      readonly warnings: readonly Finding[];
    }
  /** One was asked for and cannot be had. Backends with TLS are refused: going there without is not what was asked. */
  | { readonly type: 'refused'; readonly problem: Finding };

/** RFC 5280 section 4.2.1.12: id-kp-clientAuth, anyExtendedKeyUsage. */
const clientPurposes: readonly string[] = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'];

/** Reads `spec.tls.backend.clientCertificateRef` of one Gateway. */
export function readGatewayCertificate(gateway: Resource<Gateway>, input: BackendTlsInput): ClientCertificate {
  const ref = gateway.object.spec.tls?.backend?.clientCertificateRef;
  const field = 'spec.tls.backend.clientCertificateRef';
  const effect = 'every backend with TLS answers 503 through this Gateway';
  return ref === undefined ? { type: 'none' } : readClientCertificate({ owner: gateway, ref, field, effect }, input);
}

/** A reference to a client certificate. */
export interface StatedCertificate {
  readonly owner: Resource;
  readonly ref: SecretObjectReference;
  /** Where it stands in the owner. */
  readonly field: string;
  /** What follows where it cannot be used. */
  readonly effect: string;
}

export function readClientCertificate(
  { owner, ref, field, effect }: StatedCertificate,
  input: Pick<BackendTlsInput, 'resources' | 'grants' | 'environment'>,
): ClientCertificate {
  const refuse = (reason: string, part: string, message: string, remedy: string): ClientCertificate => ({
    type: 'refused',
    problem: {
      severity: 'error',
      reason,
      message: `the client certificate of ${describeObject(owner.reference)} cannot be used: ${message}`,
      effect,
      remedy,
      origin: originOf(owner, `${field}${part}`),
    },
  });
  const read = readSecretRef(input, owner, ref);
  if (read.type !== 'found') {
    const reason = read.type === 'not-permitted' ? 'RefNotPermitted' : 'InvalidClientCertificateRef';
    return refuse(reason, `.${read.part}`, read.message, read.remedy);
  }
  return readSecret(owner, originOf(owner, field), read.secret, input.environment.now, refuse);
}

type Refuse = (reason: string, part: string, message: string, remedy: string) => ClientCertificate;

function readSecret(
  owner: Resource,
  origin: Origin,
  secret: Resource<Secret>,
  now: string,
  refuse: Refuse,
): ClientCertificate {
  const name = describeObject(secret.reference);
  const reading = readTlsSecret(secret);
  if (reading.type === 'invalid') {
    const { message, remedy } = reading.fault;
    return refuse('InvalidClientCertificateRef', '.name', `${name} ${message}`, remedy);
  }
  const { certificate, pair } = reading;
  const warn = (reason: string, message: string, remedy: string): Finding => ({
    severity: 'warning',
    reason,
    message: `${name}, the client certificate of ${describeObject(owner.reference)}, ${message}`,
    remedy,
    origin: certificate.origin,
    parent: owner.reference,
  });
  const warnings = reading.warnings.map(({ message, remedy }) => warn('SuspectClientCertificate', message, remedy));
  if (reading.purposes !== null && !reading.purposes.some((purpose) => clientPurposes.includes(purpose))) {
    warnings.push(
      warn(
        'SuspectClientCertificate',
        'is not made for clients: its extended key usage lacks clientAuth, so that most backends will refuse it',
        'have it issued with the usage "client auth"',
      ),
    );
  }
  const validity = validityAt(now, certificate.notBefore, certificate.notAfter);
  const described = describeValidity(validity);
  if (described !== null) {
    const reason = validity.type === 'soon' ? 'ClientCertificateExpiresSoon' : 'ClientCertificateExpired';
    warnings.push(
      warn(validity.type === 'not-yet' ? 'ClientCertificateNotYetValid' : reason, described, 'have it issued anew'),
    );
  }
  const id = { value: certificate.id, origin };
  return { type: 'certificate', id, certificate, pair, warnings };
}
