import { readPem } from '../../pem/blocks.ts';
import { parseCertificate, readFacts } from '../../pem/certificate.ts';
import { type FieldError, invalid, tooLong } from '../field-error.ts';
import { string, struct } from '../go-struct.ts';
import { type Metadata, objectMeta } from '../metadata.ts';
import { isDnsLabel, isDnsSubdomain } from '../names.ts';
import type { CoreKind, Fields } from './kind.ts';

/** Every version that a cluster may serve (v1 from Kubernetes 1.37 on). They differ in nothing but their name. */
export const clusterTrustBundles: readonly CoreKind[] = ['v1', 'v1beta1', 'v1alpha1'].map((version) => ({
  apiVersion: `certificates.k8s.io/${version}`,
  kind: 'ClusterTrustBundle',
  namespaced: false,
  // The rule depends on the signer's name: see `validate`.
  nameRule: () => [],
  type: struct('ClusterTrustBundle', {
    metadata: objectMeta,
    spec: struct('ClusterTrustBundleSpec', { signerName: string, trustBundle: string }, {}, version),
  }),
  dropped: [],
  complete: (object) => object,
  validate,
}));

interface Spec {
  readonly signerName?: string;
  readonly trustBundle?: string;
}

/** The API server takes no more. */
const longest = 1_048_576;

/** k8s.io/kubernetes/pkg/apis/certificates/validation.ValidateClusterTrustBundle */
function validate(object: Fields): readonly FieldError[] {
  const { name = '' } = object.metadata as Metadata;
  const { signerName = '', trustBundle = '' } = (object.spec ?? {}) as Spec;
  return [
    ...(name === '' ? [] : nameFaults(name, signerName).map((fault) => invalid('metadata.name', name, fault))),
    ...(signerName === '' ? [] : signerFaults(signerName)),
    ...bundleFaults(trustBundle),
  ];
}

/** A bundle of a signer is named after it, so that who may write one can be restricted by name. */
function nameFaults(name: string, signerName: string): readonly string[] {
  if (signerName === '') {
    return name.includes(':')
      ? ['ClusterTrustBundle without signer name must not have ":" in its name']
      : isDnsSubdomain(name);
  }
  const prefix = `${signerName.replaceAll('/', ':')}:`;
  if (name.startsWith(prefix)) return isDnsSubdomain(name.slice(prefix.length));
  return [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${prefix}`];
}

function signerFaults(signerName: string): readonly FieldError[] {
  const field = 'spec.signerName';
  const [domain = '', path = '', ...more] = signerName.split('/');
  if (!signerName.includes('/') || more.length > 0) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(field, signerName, form)];
  }
  const labels = domain.split('.');
  return [
    ...(domain.length > 253 ? [tooLong(field, 253)] : []),
    ...firstFaults(field, domain, labels, isDnsLabel),
    ...(labels.length < 2
      ? [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]
      : []),
    ...firstFaults(field, path, path.split('.'), isDnsSubdomain),
  ];
}

/** What is wrong with the first part that something is wrong with. */
function firstFaults(
  field: string,
  whole: string,
  parts: readonly string[],
  rule: (part: string) => readonly string[],
): readonly FieldError[] {
  for (const part of parts) {
    const faults = rule(part);
    if (faults.length > 0) {
      return faults.map((fault) => invalid(field, whole, `validating label ${JSON.stringify(part)}: ${fault}`));
    }
  }
  return [];
}

function bundleFaults(text: string): readonly FieldError[] {
  const field = 'spec.trustBundle';
  if (Buffer.byteLength(text) > longest) return [tooLong(field, longest)];
  const refuse = (detail: string): FieldError => invalid(field, '<value omitted>', detail);
  const faults: FieldError[] = [];
  const entries = new Map<string, number[]>();
  for (const [index, { label, der, hasHeaders }] of readPem(text).blocks.entries()) {
    if (label !== 'CERTIFICATE') {
      faults.push(refuse(`entry ${index} has bad block type: ${label}`));
      continue;
    }
    if (hasHeaders) {
      faults.push(refuse(`entry ${index} has PEM block headers`));
      continue;
    }
    const certificate = der === null ? null : parseCertificate(der);
    if (certificate === null) {
      faults.push(refuse(`entry ${index} does not parse as X.509`));
      continue;
    }
    const { isAuthority, fingerprint } = readFacts(certificate);
    if (isAuthority) entries.set(fingerprint, [...(entries.get(fingerprint) ?? []), index]);
    else faults.push(refuse(`entry ${index} does not have the CA bit set`));
  }
  if (faults.length > 0) return faults;
  if (entries.size === 0) return [refuse('at least one trust anchor must be provided')];
  return [...entries.values()]
    .filter((indices) => indices.length > 1)
    .map((indices) => refuse(`duplicate trust anchor (indices [${indices.join(' ')}])`));
}
