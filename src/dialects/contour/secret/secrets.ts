import type { Finding } from '../../../model/finding.ts';
import type { KeyPair } from '../../../model/model.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Certificate } from '../../../model/tls.ts';
import type { Secret } from '../../../resources/core.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { readPem } from '../../../resources/pem/blocks.ts';
import { readEntry } from '../../../resources/pem/entry.ts';
import { readTlsSecret } from '../../../resources/pem/tls-secret.ts';
import { type StoredTrust, TrustStore } from '../../../resources/pem/trust-store.ts';
import { describeValidity, validityAt } from '../../../resources/pem/validity.ts';
import { type Grant, type Reference, resolve } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds, type NamespacedName } from '../names.ts';

/** What a reference to a Secret leads to. The cause is in the peer's words and stands behind a colon. */
export type SecretResult<T> =
  | { readonly type: 'found'; readonly value: T }
  | { readonly type: 'not-delegated'; readonly remedy: string }
  | { readonly type: 'invalid'; readonly cause: string; readonly remedy: string };

export interface ServedCertificate {
  readonly certificate: Certificate;
  readonly pair: KeyPair;
}

/** A CA bundle with its certificates. */
export type TrustedBundle = StoredTrust & { readonly bundle: NonNullable<StoredTrust['bundle']> };

const types: readonly string[] = ['kubernetes.io/tls', 'Opaque'];

/** The Secrets that objects of this dialect refer to, each read as what it is wanted for. */
export class Secrets {
  readonly #resources: ResourceSet;
  readonly #grants: readonly Grant[];
  readonly #now: string;
  readonly #trust: TrustStore;
  readonly #expiries = new Map<string, Finding>();

  constructor(resources: ResourceSet, grants: readonly Grant[], now: string) {
    this.#resources = resources;
    this.#grants = grants;
    this.#now = now;
    this.#trust = new TrustStore(now);
  }

  /** What deserves a look although it is used. */
  get warnings(): readonly Finding[] {
    return [...this.#trust.warnings, ...this.#expiries.values()];
  }

  /** A certificate with its key, as an object of this kind refers to it. */
  certificate(name: NamespacedName, kind: GroupKind, asker: Resource): SecretResult<ServedCertificate> {
    return this.#certificate(this.#find(name, { ...kind, namespace: asker.reference.namespace }), asker);
  }

  /** One that the configuration names. An administrator wrote that, so that nobody has to permit it. */
  configuredCertificate(name: NamespacedName, asker: Resource): SecretResult<ServedCertificate> {
    return this.#certificate(this.#find(name, { ...kinds.configuration, namespace: name.namespace }), asker);
  }

  #certificate(found: SecretResult<Resource<Secret>>, asker: Resource): SecretResult<ServedCertificate> {
    if (found.type !== 'found') return found;
    const cause = typeFault(found.value) ?? certificateFault(found.value) ?? keyFault(found.value);
    if (cause !== null) return { type: 'invalid', ...cause };
    const reading = readTlsSecret(found.value);
    if (reading.type === 'invalid') {
      // The sentence around it says already that the Secret is invalid.
      const text = reading.fault.message.replace(/^is invalid: /, '');
      return { type: 'invalid', cause: text, remedy: reading.fault.remedy };
    }
    this.#noteExpiry(reading.certificate, asker);
    return { type: 'found', value: { certificate: reading.certificate, pair: reading.pair } };
  }

  /** A CA bundle, under `ca.crt`. */
  authorities(name: NamespacedName, kind: GroupKind, asker: Resource): SecretResult<TrustedBundle> {
    const found = this.#find(name, { ...kind, namespace: asker.reference.namespace });
    if (found.type !== 'found') return found;
    const cause = typeFault(found.value) ?? authoritiesFault(found.value);
    if (cause !== null) return { type: 'invalid', ...cause };
    const stored = this.#trust.read(found.value, asker.reference);
    const { bundle } = stored;
    if (bundle !== null) return { type: 'found', value: { ...stored, bundle } };
    const [fault] = stored.faults;
    return {
      type: 'invalid',
      cause: `invalid CA certificate bundle: ${fault?.message ?? 'no certificate can be read'}`,
      remedy: fault?.remedy ?? 'write CA certificates into it',
    };
  }

  /** The lists of certificates that were taken back, under `crl.pem`, each as the base64 of its DER. */
  revocationLists(name: NamespacedName, kind: GroupKind, asker: Resource): SecretResult<readonly string[]> {
    const found = this.#find(name, { ...kind, namespace: asker.reference.namespace });
    if (found.type !== 'found') return found;
    const fault = typeFault(found.value);
    if (fault !== null) return { type: 'invalid', ...fault };
    const entry = readEntry(found.value.object, 'crl.pem');
    const text = entry.type === 'text' ? entry.text : '';
    const remedy = 'write X509 CRL blocks, whole, under crl.pem';
    if (text === '') return { type: 'invalid', cause: 'empty "crl.pem" key', remedy };
    const { blocks, unpaired } = readPem(text);
    const lists = blocks.filter(({ label }) => label === 'X509 CRL');
    // Half of what is to be refused is not enough: whoever is in the rest would be let in.
    if (unpaired !== null || lists.some(({ der }) => der === null)) {
      return { type: 'invalid', cause: 'failed to parse PEM block', remedy };
    }
    if (lists.length === 0) return { type: 'invalid', cause: 'failed to locate CRL', remedy };
    return { type: 'found', value: lists.flatMap(({ der }) => der?.toString('base64') ?? []) };
  }

  #find({ namespace, name }: NamespacedName, from: Reference['from']): SecretResult<Resource<Secret>> {
    const to = { ...kinds.secret, namespace, name };
    const resolution = resolve<Secret>(this.#resources, this.#grants, { dialect: dialectName, from, to });
    if (resolution.type === 'not-permitted') {
      const remedy = `create a TLSCertificateDelegation for ${name} in namespace ${namespace}, with target namespace ${from.namespace}`;
      return { type: 'not-delegated', remedy };
    }
    if (resolution.type === 'found') return { type: 'found', value: resolution.resource };
    return { type: 'invalid', cause: 'Secret not found', remedy: 'create the Secret, or correct the name' };
  }

  #noteExpiry({ id, notBefore, notAfter, origin }: Certificate, asker: Resource): void {
    const validity = validityAt(this.#now, notBefore, notAfter);
    const state = describeValidity(validity);
    if (state === null) return;
    const soon = validity.type === 'soon';
    this.#expiries.set(id, {
      severity: 'warning',
      reason: soon
        ? 'CertificateExpiresSoon'
        : validity.type === 'expired'
          ? 'CertificateExpired'
          : 'CertificateNotYetValid',
      message: `the certificate of ${id} ${state}`,
      ...(soon ? {} : { effect: `peers of ${describeObject(asker.reference)} that verify refuse the connection` }),
      remedy: validity.type === 'not-yet' ? 'check the clock of whoever issued it' : 'have it renewed',
      origin,
      parent: asker.reference,
    });
  }
}

interface Cause {
  readonly cause: string;
  readonly remedy: string;
}

const cause = (text: string, remedy: string): Cause => ({ cause: text, remedy });

function typeFault({ object }: Resource<Secret>): Cause | null {
  if (types.includes(object.type)) return null;
  return cause(
    'secret type is not "kubernetes.io/tls" or "Opaque"',
    'create the Secret anew with type kubernetes.io/tls or Opaque: the type of one that exists cannot be changed',
  );
}

function authoritiesFault({ object }: Resource<Secret>): Cause | null {
  const entry = readEntry(object, 'ca.crt');
  const text = entry.type === 'text' ? entry.text : '';
  if (text === '') return cause('empty "ca.crt" key', 'write the CA certificates, as PEM, under ca.crt');
  const fault = pemFault(text, 'failed to locate certificate');
  if (fault === null) return null;
  return cause(`invalid CA certificate bundle: ${fault}`, 'write CERTIFICATE blocks, whole, and nothing else');
}

function certificateFault({ object }: Resource<Secret>): Cause | null {
  const entry = readEntry(object, 'tls.crt');
  if (entry.type === 'missing') return cause('missing TLS certificate', 'write the certificate chain under tls.crt');
  const fault = pemFault(entry.type === 'text' ? entry.text : '', 'failed to locate certificate');
  if (fault === null) return null;
  return cause(`invalid TLS certificate: ${fault}`, 'write the chain of CERTIFICATE blocks, whole, under tls.crt');
}

function keyFault({ object }: Resource<Secret>): Cause | null {
  const entry = readEntry(object, 'tls.key');
  if (entry.type === 'missing') return cause('missing TLS private key', 'write the private key under tls.key');
  const text = entry.type === 'text' ? entry.text : '';
  const labels = readPem(text).blocks.map(({ label }) => label);
  const keys = labels.filter((label) => label.endsWith('PRIVATE KEY'));
  if (keys.length === 1) return null;
  const fault = keys.length === 0 ? 'failed to locate private key' : 'multiple private keys';
  return cause(`invalid TLS private key: ${fault}`, 'write one PRIVATE KEY block under tls.key');
}

/** What is wrong with a text of certificates as a whole, in the peer's words. */
function pemFault(text: string, none: string): string | null {
  const { blocks, unpaired } = readPem(text);
  for (const { label, der } of blocks) {
    if (der === null) return 'failed to parse PEM block';
    if (label !== 'CERTIFICATE') return `unexpected block type '${label}'`;
  }
  if (unpaired !== null) return 'failed to parse PEM block';
  return blocks.length === 0 ? none : null;
}
