import { createHash } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Backend } from '../../../model/backend.ts';
import type { KeyMaterial, Model } from '../../../model/model.ts';
import type { BackendTls } from '../../../model/tls.ts';
import { cipherList, groupList } from './cipher-list.ts';
import { shortName } from './peer-certificate.ts';
import type { Trust } from './verify-failure.ts';

/** All that a handshake with a backend takes, made ready once per backend and configuration. */
export interface BackendSettings {
  readonly tls: BackendTls;
  readonly context: SecureContext;
  readonly trust: Trust;
  /** A digest of all that decides whether a certificate is accepted, and of what the gateway presents. */
  readonly identity: string;
}

/** The settings cannot be put in force: a certificate that cannot be read, a name that OpenSSL does not know. */
export interface InvalidSettings {
  readonly tls: BackendTls;
  readonly error: string;
}

type Prepared = BackendSettings | InvalidSettings;

/**
 * Makes and shares OpenSSL contexts. A context holds its authorities parsed, so backends with equal trust share one, and
 * one that is unchanged survives a reload.
 */
export class BackendSettingsCache {
  #model: Model;
  #keys: KeyMaterial;
  #byBackend = new Map<string, { readonly backend: Backend; readonly prepared: Prepared }>();
  #contexts = new Map<string, SecureContext>();
  /** Contexts that the configuration before this one used and this one has not used yet. */
  #former = new Map<string, SecureContext>();

  constructor(model: Model, keys: KeyMaterial) {
    this.#model = model;
    this.#keys = keys;
  }

  /** New connections use the new configuration from here on. */
  configure(model: Model, keys: KeyMaterial): void {
    this.#model = model;
    this.#keys = keys;
    this.#byBackend = new Map();
    this.#former = this.#contexts;
    this.#contexts = new Map();
  }

  find(backend: Backend, tls: BackendTls): Prepared {
    const known = this.#byBackend.get(backend.id);
    if (known !== undefined && known.backend === backend) return known.prepared;
    const prepared = this.#prepare(tls);
    this.#byBackend.set(backend.id, { backend, prepared });
    return prepared;
  }

  #prepare(tls: BackendTls): Prepared {
    const material = collect(tls, this.#keys);
    if (typeof material === 'string') return { tls, error: material };
    const contextId = digest([
      material,
      tls.minVersion.value,
      tls.maxVersion.value,
      tls.ciphers.value,
      tls.groups.value,
    ]);
    const identity = digest([contextId, tls.verification.value, tls.names.value, tls.alpn.value]);
    try {
      const context = this.#contexts.get(contextId) ?? this.#former.get(contextId) ?? createContext(tls, material);
      this.#contexts.set(contextId, context);
      return { tls, context, trust: describeTrust(tls, this.#model), identity };
    } catch (error) {
      return { tls, error: describeError(error) };
    }
  }
}

/** The PEM that a context is made of. */
interface Material {
  /** Null for the system's. */
  readonly authorities: readonly string[] | null;
  readonly certificate: { readonly chain: string; readonly key: string } | null;
}

/** The material, or what of it is missing. */
function collect(tls: BackendTls, keys: KeyMaterial): Material | string {
  const authorities: string[] = [];
  const verification = tls.verification.value;
  if (verification.type === 'bundles') {
    for (const id of verification.bundles) {
      const pem = keys.trustBundles[id];
      if (pem === undefined) return `${id} is not loaded`;
      authorities.push(pem);
    }
    if (authorities.length === 0) return 'no trust bundle is named';
  }
  if (verification.type !== 'none' && tls.names.value.length === 0) return 'no accepted name is given';
  const id = tls.clientCertificate.value;
  const pair = id === null ? null : keys.certificates[id];
  if (pair === undefined) return `client certificate ${id} is not loaded`;
  return {
    authorities: verification.type === 'system' ? null : authorities,
    certificate: pair === null ? null : { chain: pair.certificateChain, key: pair.privateKey },
  };
}

function createContext(tls: BackendTls, material: Material): SecureContext {
  return createSecureContext({
    // An empty list trusts nobody; leaving it out would trust the authorities that Node was built with.
    ca: material.authorities === null ? systemAuthorities() : [...material.authorities],
    ...(material.certificate === null ? {} : { cert: material.certificate.chain, key: material.certificate.key }),
    minVersion: tls.minVersion.value,
    maxVersion: tls.maxVersion.value,
    ciphers: cipherList(tls.ciphers.value),
    ecdhCurve: groupList(tls.groups.value),
    // Whatever a bundle holds is a trust anchor, intermediates as well (RFC 5280 section 6.1.1 d).
    allowPartialTrustChain: true,
  });
}

let system: string[] | null = null;

function systemAuthorities(): string[] {
  system ??= [...new Set(getCACertificates('system'))];
  return system;
}

function describeTrust(tls: BackendTls, model: Model): Trust {
  const verification = tls.verification.value;
  if (verification.type !== 'bundles') return { description: "the system's trust store", authorities: [] };
  const bundles = verification.bundles.map((id) => model.trustBundles[id]).filter((bundle) => bundle !== undefined);
  return {
    description: verification.bundles.join(' and '),
    authorities: bundles.flatMap((bundle) => bundle.authorities.map((authority) => shortName(authority.subject))),
  };
}

function digest(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** OpenSSL's reason; its messages name functions and never hold input. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'OpenSSL refused the settings';
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}
