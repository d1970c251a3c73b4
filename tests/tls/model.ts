import type { Backend, Endpoint } from '../../src/model/backend.ts';
import type { KeyMaterial, KeyPair, Model } from '../../src/model/model.ts';
import { emptyModel } from '../../src/model/model.ts';
import type { Decided, Origin } from '../../src/model/origin.ts';
import type { AcceptedName, BackendTls, ServerName, TlsVersion, Verification } from '../../src/model/tls.ts';

export const origin: Origin = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  namespace: 'shop',
  name: 'orders',
  field: 'spec.validation',
  file: 'policies.yaml',
  line: 14,
  column: 5,
};

export const decided = <T>(value: T, field = origin.field): Decided<T> => ({ value, origin: { ...origin, field } });

export interface BackendTlsChoices {
  readonly serverName?: ServerName;
  readonly verification?: Verification;
  readonly names?: readonly AcceptedName[];
  readonly clientCertificate?: string | null;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  readonly ciphers?: readonly string[] | null;
  readonly groups?: readonly string[] | null;
  readonly alpn?: readonly string[];
}

/** TLS to a backend named `orders.internal`, verified against ConfigMap shop/ca, but for what is chosen otherwise. */
export function backendTls(choices: BackendTlsChoices = {}): BackendTls {
  return {
    serverName: decided(choices.serverName ?? { type: 'fixed', name: 'orders.internal' }, 'spec.validation.hostname'),
    verification: decided(
      choices.verification ?? { type: 'bundles', bundles: ['ConfigMap shop/ca'] },
      'spec.validation.caCertificateRefs',
    ),
    names: decided(choices.names ?? [{ type: 'dns', value: 'orders.internal' }], 'spec.validation.hostname'),
    clientCertificate: decided(choices.clientCertificate ?? null, 'spec.tls.backend.clientCertificateRef'),
    minVersion: decided(choices.minVersion ?? 'TLSv1.2', 'spec.options'),
    maxVersion: decided(choices.maxVersion ?? 'TLSv1.3', 'spec.options'),
    ciphers: decided(choices.ciphers ?? null, 'spec.options'),
    groups: decided(choices.groups ?? null, 'spec.options'),
    alpn: decided(choices.alpn ?? ['h2', 'http/1.1'], 'spec.options'),
  };
}

export function backend(tls: BackendTls | null, overrides: Partial<Backend> = {}): Backend {
  return {
    id: 'shop/orders:443',
    service: 'shop/orders:443',
    protocol: 'auto',
    security: tls === null ? { type: 'plaintext', origin } : { type: 'tls', tls },
    endpoints: 'shop/orders:443',
    connectTimeout: 2_000,
    origin,
    ...overrides,
  };
}

export const endpoint = (port: number, address = '127.0.0.1'): Endpoint => ({ address, port });

/** A model with trust bundles alone: what a connector reads of it. */
export function trustModel(authorities: readonly string[] = ['CN=Demo CA']): Model {
  const bundle = (id: string) => ({
    id,
    origin,
    authorities: authorities.map((subject) => ({ subject, fingerprint: '', notBefore: '', notAfter: '' })),
  });
  return { ...emptyModel, trustBundles: { 'ConfigMap shop/ca': bundle('ConfigMap shop/ca') } };
}

export function keyMaterial(pem: string, certificates: Record<string, KeyPair> = {}): KeyMaterial {
  return { trustBundles: { 'ConfigMap shop/ca': pem }, certificates };
}
