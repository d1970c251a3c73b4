import { X509Certificate } from 'node:crypto';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { presentedNames } from '../../src/dataplanes/node/tls/presented-names.ts';
import type { Backend, EndpointSet } from '../../src/model/backend.ts';
import type { Listener } from '../../src/model/listener.ts';
import { emptyModel, type KeyMaterial, type Model } from '../../src/model/model.ts';
import type { Route } from '../../src/model/route.ts';
import { noModification } from '../../src/model/route.ts';
import type { Certificate, ListenerTls, TrustBundle } from '../../src/model/tls.ts';
import { type BackendTlsChoices, backend, backendTls, origin } from '../tls/model.ts';

/** A backend as a test wants it: reached under `/name`. Null TLS is plaintext. */
export interface BackendChoice extends BackendTlsChoices {
  readonly port: number;
  readonly address?: string;
  readonly plaintext?: boolean;
  readonly protocol?: Backend['protocol'];
}

export interface ModelChoices {
  readonly httpPort?: number;
  readonly httpsPort?: number;
  readonly backends: Readonly<Record<string, BackendChoice>>;
  /** By hostname of a section; `''` is every host. */
  readonly certificates?: Readonly<Record<string, IssuedCertificate>>;
  readonly tls?: Partial<ListenerTls>;
  /** PEM by bundle; `ConfigMap shop/ca` is what backends trust unless they say otherwise. */
  readonly trust: Readonly<Record<string, string>>;
  readonly clientCertificates?: Readonly<Record<string, IssuedCertificate>>;
}

export interface Built {
  readonly model: Model;
  readonly keys: KeyMaterial;
}

/** One virtual host for every host, with a route for each backend, behind an HTTP and an HTTPS listener. */
export function buildModel(choices: ModelChoices): Built {
  const names = Object.keys(choices.backends);
  const listenerCertificates = Object.entries(choices.certificates ?? {});
  const certificates = [
    ...listenerCertificates.map(([hostname, issued]) => [secretOf(hostname), issued] as const),
    ...Object.entries(choices.clientCertificates ?? {}),
  ];
  const model: Model = {
    ...emptyModel,
    listeners: byId(
      listeners(
        choices,
        listenerCertificates.map(([hostname]) => hostname),
      ),
    ),
    virtualHosts: { all: { id: 'all', hostname: '', routes: names } },
    routes: byId(names.map(routeTo)),
    backends: byId(Object.entries(choices.backends).map(([name, choice]) => backendOf(name, choice))),
    endpoints: byId(Object.entries(choices.backends).map(([name, choice]) => endpointsOf(name, choice))),
    certificates: byId(certificates.map(([id, issued]) => describe(id, issued))),
    trustBundles: byId(Object.entries(choices.trust).map(([id, pem]) => bundle(id, pem))),
  };
  const pairs = certificates.map(([id, { chain, key }]) => [id, { certificateChain: chain, privateKey: key }] as const);
  return { model, keys: { certificates: Object.fromEntries(pairs), trustBundles: choices.trust } };
}

const secretOf = (hostname: string): string => `Secret infra/${hostname === '' ? 'default' : hostname}`;

function listeners({ httpPort, httpsPort, tls }: ModelChoices, hostnames: readonly string[]): Listener[] {
  const built: Listener[] = [];
  if (httpPort !== undefined) {
    const section = { name: 'infra/edge/http', hostname: '', tls: null, virtualHosts: ['all'], origin };
    built.push({
      id: `127.0.0.1:${httpPort}`,
      address: '127.0.0.1',
      port: httpPort,
      protocol: 'HTTP',
      sections: [section],
    });
  }
  if (httpsPort !== undefined) {
    const sections = hostnames.map((hostname) => ({
      name: `infra/edge/https${hostname === '' ? '' : `-${hostname}`}`,
      hostname,
      tls: {
        certificates: [secretOf(hostname)],
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        ciphers: null,
        alpn: ['h2', 'http/1.1'],
        ...tls,
      } satisfies ListenerTls,
      virtualHosts: ['all'],
      origin,
    }));
    built.push({ id: `127.0.0.1:${httpsPort}`, address: '127.0.0.1', port: httpsPort, protocol: 'HTTPS', sections });
  }
  return built;
}

function routeTo(name: string): Route {
  return {
    id: name,
    name: { kind: 'HTTPRoute', namespace: 'shop', name, rule: 0, ruleName: '' },
    match: { path: { type: 'prefix', value: `/${name}` }, method: null, headers: [], queryParameters: [] },
    action: {
      type: 'forward',
      destinations: [
        { type: 'backend', backend: name, weight: 1, requestHeaders: noModification, responseHeaders: noModification },
      ],
      requestHeaders: noModification,
      responseHeaders: noModification,
      rewrite: { hostname: null, path: null },
    },
    timeouts: { request: null, backendRequest: null },
    origin,
  };
}

function backendOf(name: string, choice: BackendChoice): Backend {
  const tls = choice.plaintext === true ? null : backendTls(choice);
  return backend(tls, { id: name, service: `shop/${name}:443`, endpoints: name, protocol: choice.protocol ?? 'auto' });
}

const endpointsOf = (name: string, { port, address = '127.0.0.1' }: BackendChoice): EndpointSet => ({
  id: name,
  endpoints: [{ address, port }],
});

function describe(id: string, issued: IssuedCertificate): Certificate {
  const leaf = new X509Certificate(issued.chain);
  return {
    id,
    subject: leaf.subject ?? '',
    issuer: leaf.issuer,
    names: presentedNames(leaf.raw).dns.map((value) => ({ type: 'dns', value })),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: leaf.validFromDate.toISOString(),
    notAfter: leaf.validToDate.toISOString(),
    origin,
  };
}

function bundle(id: string, pem: string): TrustBundle {
  const authority = new X509Certificate(pem);
  return {
    id,
    authorities: [
      {
        subject: authority.subject,
        fingerprint: authority.fingerprint256.replaceAll(':', '').toLowerCase(),
        notBefore: authority.validFromDate.toISOString(),
        notAfter: authority.validToDate.toISOString(),
      },
    ],
    origin,
  };
}

const byId = <T extends { readonly id: string }>(values: readonly T[]): Record<string, T> =>
  Object.fromEntries(values.map((value) => [value.id, value]));
