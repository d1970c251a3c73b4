import type { Listener } from '../../src/model/listener.ts';
import { emptyModel, type KeyMaterial, type Model } from '../../src/model/model.ts';
import { noModification, noRewrite, type Route } from '../../src/model/route.ts';
import type { Certificate } from '../../src/model/tls.ts';
import { backend, origin } from '../tls/model.ts';

export interface TwoGateways {
  readonly model: Model;
  readonly keys: KeyMaterial;
}

const ports: Readonly<Record<string, number>> = { edge: 443, inner: 8443 };

/** `infra/edge` and `infra/inner`, each with a listener, a certificate, a route and a backend of its own. */
export function twoGateways(choices: { readonly edgeBackend?: string; readonly without?: string } = {}): TwoGateways {
  const names = ['edge', 'inner'].filter((name) => `infra/${name}` !== choices.without);
  const table = <T>(of: (name: string) => readonly [string, T]) => Object.fromEntries(names.map(of));
  return {
    model: {
      ...emptyModel,
      listeners: table((name) => [listenerId(name), listener(name)]),
      virtualHosts: table((name) => [`${name}/*`, { id: `${name}/*`, hostname: '', routes: [name] }]),
      routes: table((name) => [name, route(name)]),
      backends: table((name) => [
        `shop/${name}:80`,
        backend(null, { id: `shop/${name}:80`, service: `shop/${name}:80`, endpoints: `shop/${name}:80` }),
      ]),
      endpoints: table((name) => [
        `shop/${name}:80`,
        {
          id: `shop/${name}:80`,
          endpoints: [{ address: name === 'edge' ? (choices.edgeBackend ?? '10.1.0.1') : '10.1.0.2', port: 80 }],
        },
      ]),
      certificates: table((name) => [`Secret infra/${name}`, certificate(name)]),
    },
    keys: {
      certificates: table((name) => [
        `Secret infra/${name}`,
        { certificateChain: `chain of ${name}`, privateKey: `key of ${name}` },
      ]),
      trustBundles: {},
    },
  };
}

const listenerId = (name: string): string => `infra/${name}:${ports[name]}`;

function listener(name: string): Listener {
  const tls = {
    certificates: [`Secret infra/${name}`],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: null,
    alpn: ['http/1.1'],
  } as const;
  return {
    id: listenerId(name),
    address: '::',
    dataPlane: `infra/${name}`,
    port: ports[name] as number,
    protocol: 'HTTPS',
    sections: [
      { name: `infra/${name}/https`, hostname: '', tls, virtualHosts: [`${name}/*`], origin: { ...origin, name } },
    ],
  };
}

function route(name: string): Route {
  const destination = {
    type: 'backend' as const,
    backend: `shop/${name}:80`,
    weight: 1,
    requestHeaders: noModification,
    responseHeaders: noModification,
  };
  return {
    id: name,
    name: { kind: 'HTTPRoute', namespace: 'shop', name, rule: 0, ruleName: '' },
    match: { path: { type: 'prefix', value: '/' }, method: null, headers: [], queryParameters: [] },
    action: {
      type: 'forward',
      destinations: [destination],
      requestHeaders: noModification,
      responseHeaders: noModification,
      rewrite: noRewrite,
    },
    timeouts: { request: null, backendRequest: null },
    origin,
  };
}

function certificate(name: string): Certificate {
  return {
    id: `Secret infra/${name}`,
    subject: `CN=${name}.test`,
    issuer: 'CN=test',
    names: [],
    fingerprint: '00',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    origin,
  };
}
