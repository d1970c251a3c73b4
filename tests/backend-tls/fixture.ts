import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { Translation } from '../../src/dialects/dialect.ts';
import { gatewayApi } from '../../src/dialects/gateway-api/index.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { BackendSecurity, BackendTls } from '../../src/model/tls.ts';
import type { PolicyAncestorStatus } from '../../src/resources/generated/types.ts';
import type { Resource } from '../../src/resources/object.ts';
import { validateObject } from '../../src/resources/schema/validate.ts';
import { ResourceSet } from '../../src/resources/set.ts';

/** Certificates that are made once for a test file. */
export interface Pki {
  readonly ca: CertificateAuthority;
  readonly otherCa: CertificateAuthority;
  readonly client: IssuedCertificate;
}

export async function makePki(): Promise<Pki> {
  const ca = await CertificateAuthority.create('Shop CA');
  const otherCa = await CertificateAuthority.create('Other CA');
  const client = await ca.issue({ commonName: 'edge', dns: ['edge.internal'], usage: 'client' });
  return { ca, otherCa, client };
}

/** A Gateway `infra/edge` with two listeners, a route `shop/web` with two rules, and its Services. */
export const shop = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: infra }
spec:
  gatewayClassName: farside
  listeners:
  - { name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }
  - { name: alt, port: 8080, protocol: HTTP, allowedRoutes: { namespaces: { from: All } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: edge, namespace: infra }]
  rules:
  - name: orders
    matches: [{ path: { value: /orders } }]
    backendRefs: [{ name: orders, port: 443 }]
  - name: billing
    matches: [{ path: { value: /billing } }]
    backendRefs: [{ name: billing, port: 443 }]
---
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { ports: [{ name: https, port: 443 }, { name: admin, port: 9443 }] }
---
apiVersion: v1
kind: Service
metadata: { name: billing, namespace: shop }
spec: { ports: [{ name: https, port: 443 }] }
`;

export const configMap = (name: string, pem: string, namespace = 'shop', key = 'ca.crt'): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { [key]: pem } });

export const tlsSecret = (name: string, namespace: string, { chain, key }: IssuedCertificate): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': chain, 'tls.key': key },
  });

export interface PolicyParts {
  readonly name?: string;
  readonly namespace?: string;
  readonly target?: object;
  readonly targets?: readonly object[];
  readonly validation?: object;
  readonly options?: Readonly<Record<string, string>>;
  readonly created?: string;
}

export const serviceTarget = (name: string, sectionName?: string): object => ({
  group: '',
  kind: 'Service',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});

export const gatewayApiTarget = (kind: string, name: string, sectionName?: string): object => ({
  ...serviceTarget(name, sectionName),
  group: 'gateway.networking.k8s.io',
  kind,
});

export const caRef = (name: string, kind = 'ConfigMap', group = ''): object => ({ group, kind, name });

/** A policy for Service `shop/orders` that trusts ConfigMap `shop/ca`, where nothing else is said. */
export function policy(parts: PolicyParts = {}): string {
  const { name = 'orders', namespace = 'shop', created, options } = parts;
  return JSON.stringify({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: { name, namespace, generation: 3, ...(created === undefined ? {} : { creationTimestamp: created }) },
    spec: {
      targetRefs: parts.targets ?? [parts.target ?? serviceTarget('orders')],
      validation: { hostname: 'orders.internal', caCertificateRefs: [caRef('ca')], ...parts.validation },
      ...(options === undefined ? {} : { options }),
    },
  });
}

export const system = { caCertificateRefs: undefined, wellKnownCACertificates: 'System' };

export const now = new Date().toISOString();

/** Translates documents; each must pass its schema, so that no test rests on objects that cannot exist. */
export function translate(
  documents: readonly string[],
  at = now,
  status: ReadonlyMap<string, object> = new Map(),
): Translation {
  const resources = documents.flatMap((text) =>
    parseAllDocuments(text).map((document) => resourceOf(document.toJS(), status)),
  );
  const supplied = gatewayApi.supply?.(new ResourceSet(resources)) ?? [];
  // Each Gateway has an address of its own, so that their listeners do not meet.
  const addresses = Object.fromEntries(
    resources
      .filter(({ reference }) => reference.kind === 'Gateway')
      .map(({ reference }, index) => [`${reference.namespace}/${reference.name}`, [`127.0.0.${index + 1}`]]),
  );
  return gatewayApi.translate(new ResourceSet([...resources, ...supplied]), {
    addresses,
    ownDataPlanes: false,
    portOffset: 0,
    now: at,
  });
}

function resourceOf(value: object, status: ReadonlyMap<string, object>): Resource {
  const validation = validateObject(value);
  assert.ok(validation.type === 'valid', `${JSON.stringify(value).slice(0, 200)}: ${JSON.stringify(validation)}`);
  const { apiVersion, kind, metadata } = validation.object;
  const live = status.get(`${kind} ${metadata.name}`);
  // The API server sets these; a folder does not let them through.
  const stated = (value as { metadata: object }).metadata;
  const object = {
    ...validation.object,
    metadata: { ...stated, ...metadata },
    ...(live === undefined ? {} : { status: live }),
  };
  return {
    reference: { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name },
    object,
    provenance: { file: null, position: () => null },
  };
}

export function securityOf(translation: Translation, backend = 'shop/orders:443'): BackendSecurity {
  const found = translation.model.backends[backend];
  assert.ok(found !== undefined, `no backend ${backend} among ${Object.keys(translation.model.backends).join(', ')}`);
  return found.security;
}

/** The TLS of a backend; the test fails where it has none. */
export function tlsOf(translation: Translation, backend?: string): BackendTls {
  const security = securityOf(translation, backend);
  assert.ok(security.type === 'tls', JSON.stringify(security));
  return security.tls;
}

/** `503 Reason`, `plaintext`, or `tls`. */
export function outcome(translation: Translation, backend?: string): string {
  const security = securityOf(translation, backend);
  return security.type === 'refused' ? `503 ${security.reason}` : security.type;
}

export function ancestorsOf(translation: Translation, name = 'orders'): readonly PolicyAncestorStatus[] {
  const document = translation
    .status({ isOpen: () => true, findings: [] })
    .find(({ kind, metadata }) => kind === 'BackendTLSPolicy' && metadata.name === name);
  return (document?.status.ancestors ?? []) as readonly PolicyAncestorStatus[];
}

/** `{ Accepted: 'True Accepted', ResolvedRefs: 'True ResolvedRefs' }` for the only ancestor, or for the given Gateway. */
export function conditionsOf(
  translation: Translation,
  name?: string,
  gateway?: string,
): Readonly<Record<string, string>> {
  const ancestors = ancestorsOf(translation, name);
  const ancestor = gateway === undefined ? ancestors[0] : ancestors.find((each) => each.ancestorRef.name === gateway);
  const conditions = ancestor?.conditions ?? [];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

export function messageOf(translation: Translation, type: string, name?: string): string {
  return ancestorsOf(translation, name)[0]?.conditions.find((condition) => condition.type === type)?.message ?? '';
}

export function findings(translation: Translation, reason: string): readonly Finding[] {
  return translation.findings.filter((finding) => finding.reason === reason);
}

/** The one finding with a reason. */
export function finding(translation: Translation, reason: string): Finding {
  const [found, ...others] = findings(translation, reason);
  const reasons = translation.findings.map((each) => `${each.reason}: ${each.message}`).join('\n');
  assert.ok(found !== undefined && others.length === 0, `${others.length + 1} findings ${reason} in\n${reasons}`);
  return found;
}

export const accepted = { Accepted: 'True Accepted', ResolvedRefs: 'True ResolvedRefs' };
