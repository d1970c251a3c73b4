import type { Finding } from '../../../model/finding.ts';
import type { KeyPair } from '../../../model/model.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { Certificate } from '../../../model/tls.ts';
import type { Secret } from '../../../resources/core.ts';
import type { Gateway, SecretObjectReference } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { readTlsSecret } from '../../../resources/pem/tls-secret.ts';
import { resolve } from '../../../resources/resolve.ts';
import { originOf } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';
import type { BackendTlsInput } from './contract.ts';
import { describeValidity, validityAt } from './expiry.ts';

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

const field = 'spec.tls.backend.clientCertificateRef';
/** RFC 5280 section 4.2.1.12: id-kp-clientAuth, anyExtendedKeyUsage. */
const clientPurposes: readonly string[] = ['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'];

/** Reads `spec.tls.backend.clientCertificateRef` of one Gateway. */
export function readClientCertificate(gateway: Resource<Gateway>, input: BackendTlsInput): ClientCertificate {
  const ref = gateway.object.spec.tls?.backend?.clientCertificateRef;
  if (ref === undefined) return { type: 'none' };
  const refuse = (reason: string, part: string, message: string, remedy: string): ClientCertificate => ({
    type: 'refused',
    problem: {
      severity: 'error',
      reason,
      message: `the client certificate of ${describeObject(gateway.reference)} cannot be used: ${message}`,
      effect: 'every backend with TLS answers 503 through this Gateway',
      remedy,
      origin: originOf(gateway, `${field}${part}`),
    },
  });
  if (ref.group !== kinds.secret.group || ref.kind !== kinds.secret.kind) {
    const kind = ref.group === '' ? ref.kind : `${ref.kind}.${ref.group}`;
    const part = ref.group === kinds.secret.group ? '.kind' : '.group';
    return refuse('InvalidClientCertificateRef', part, `${kind} ${ref.name} is no Secret`, 'refer to a Secret');
  }
  return readSecret(gateway, ref, input, refuse);
}

type Refuse = (reason: string, part: string, message: string, remedy: string) => ClientCertificate;

function readSecret(
  gateway: Resource<Gateway>,
  ref: SecretObjectReference,
  { resources, grants, environment }: BackendTlsInput,
  refuse: Refuse,
): ClientCertificate {
  const from = { ...kinds.gateway, namespace: gateway.reference.namespace };
  const to = { ...kinds.secret, namespace: ref.namespace ?? from.namespace, name: ref.name };
  const resolution = resolve<Secret>(resources, grants, { dialect: dialectName, from, to });
  if (resolution.type === 'not-permitted') {
    return refuse(
      'RefNotPermitted',
      '.namespace',
      `no ReferenceGrant in namespace ${to.namespace} lets Gateways of namespace ${from.namespace} refer to Secret ${to.namespace}/${to.name}`,
      `create a ReferenceGrant in namespace ${to.namespace} from Gateway in ${from.namespace} to Secret ${to.name}`,
    );
  }
  if (resolution.type === 'not-found') {
    const message = `Secret ${to.namespace}/${to.name} does not exist`;
    return refuse('InvalidClientCertificateRef', '.name', message, 'create it, or correct the name');
  }
  const name = describeObject(resolution.resource.reference);
  const reading = readTlsSecret(resolution.resource);
  if (reading.type === 'invalid') {
    const { message, remedy } = reading.fault;
    return refuse('InvalidClientCertificateRef', '.name', `${name} ${message}`, remedy);
  }
  const { certificate, pair } = reading;
  const warn = (reason: string, message: string, remedy: string): Finding => ({
    severity: 'warning',
    reason,
    message: `${name}, the client certificate of ${describeObject(gateway.reference)}, ${message}`,
    remedy,
    origin: certificate.origin,
    parent: gateway.reference,
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
  const validity = validityAt(environment.now, certificate.notBefore, certificate.notAfter);
  const described = describeValidity(validity);
  if (described !== null) {
    const reason = validity.type === 'soon' ? 'ClientCertificateExpiresSoon' : 'ClientCertificateExpired';
    warnings.push(
      warn(validity.type === 'not-yet' ? 'ClientCertificateNotYetValid' : reason, described, 'have it issued anew'),
    );
  }
  const id = { value: certificate.id, origin: originOf(gateway, field) };
  return { type: 'certificate', id, certificate, pair, warnings };
}
