import type { Backend, EndpointSet } from '../../src/model/backend.ts';
import type { Listener, ListenerSection, VirtualHost } from '../../src/model/listener.ts';
import { emptyModel, type Model, type Table } from '../../src/model/model.ts';
import type { Origin } from '../../src/model/origin.ts';
import {
  type Action,
  type Destination,
  type Forward,
  type Match,
  noModification,
  type Respond,
  type Route,
} from '../../src/model/route.ts';
import type { BackendSecurity, BackendTls } from '../../src/model/tls.ts';

/** Small values of the model, for tests that say only what matters to them. */
export const origin: Origin = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  namespace: 'shop',
  name: 'web',
  field: 'spec',
  file: 'routes.yaml',
  line: 1,
  column: 1,
};

export const anyMatch: Match = { path: { type: 'prefix', value: '/' }, method: null, headers: [], queryParameters: [] };

export function route(
  id: string,
  action: Action,
  match: Match = anyMatch,
  timeouts: Partial<Route['timeouts']> = {},
): Route {
  return {
    id,
    name: { kind: 'HTTPRoute', namespace: 'shop', name: 'web', rule: 0, ruleName: '' },
    match,
    action,
    timeouts: { request: null, backendRequest: null, ...timeouts },
    origin,
  };
}

export function respond(status: number): Respond {
  return { type: 'respond', status, reason: 'InvalidBackendRef' };
}

export function destination(backend: string, weight = 1): Extract<Destination, { type: 'backend' }> {
  return { type: 'backend', backend, weight, requestHeaders: noModification, responseHeaders: noModification };
}

export function forward(destinations: readonly Destination[], parts: Partial<Forward> = {}): Forward {
  return {
    type: 'forward',
    destinations,
    requestHeaders: noModification,
    responseHeaders: noModification,
    rewrite: { hostname: null, path: null },
    ...parts,
  };
}

export function virtualHost(id: string, hostname: string, routes: readonly Route[]): VirtualHost {
  return { id, hostname, routes: routes.map((each) => each.id) };
}

export function section(name: string, hostname: string, virtualHosts: readonly string[]): ListenerSection {
  return { name, hostname, tls: null, virtualHosts, origin };
}

export function listener(id: string, protocol: Listener['protocol'], sections: readonly ListenerSection[]): Listener {
  return { id, address: '127.0.0.1', port: 8080, protocol, sections };
}

export function backend(id: string, parts: Partial<Backend> = {}): Backend {
  return {
    id,
    service: id,
    protocol: 'auto',
    security: { type: 'plaintext', origin },
    endpoints: id,
    connectTimeout: 5_000,
    origin,
    ...parts,
  };
}

export function endpoints(id: string, addresses: readonly (readonly [string, number])[]): EndpointSet {
  return { id, endpoints: addresses.map(([address, port]) => ({ address, port })) };
}

/** TLS verified against one bundle. */
export function tls(parts: Partial<BackendTls> = {}): BackendSecurity {
  return {
    type: 'tls',
    tls: {
      serverName: { value: { type: 'fixed', name: 'orders.internal' }, origin },
      verification: { value: { type: 'bundles', bundles: ['ConfigMap shop/ca'] }, origin },
      names: { value: [{ type: 'dns', value: 'orders.internal' }], origin },
      clientCertificate: { value: null, origin },
      minVersion: { value: 'TLSv1.2', origin },
      maxVersion: { value: 'TLSv1.3', origin },
      ciphers: { value: null, origin },
      groups: { value: null, origin },
      alpn: { value: ['h2', 'http/1.1'], origin },
      ...parts,
    },
  };
}

interface Parts {
  readonly listeners?: readonly Listener[];
  readonly virtualHosts?: readonly VirtualHost[];
  readonly routes?: readonly Route[];
  readonly backends?: readonly Backend[];
  readonly endpoints?: readonly EndpointSet[];
}

export function modelOf(parts: Parts): Model {
  return {
    ...emptyModel,
    listeners: byId(parts.listeners),
    virtualHosts: byId(parts.virtualHosts),
    routes: byId(parts.routes),
    backends: byId(parts.backends),
    endpoints: byId(parts.endpoints),
  };
}

/** A listener `l` that forwards every request by these routes. */
export function modelOfRoutes(
  routes: readonly Route[],
  parts: Parts = {},
  protocol: Listener['protocol'] = 'HTTP',
): Model {
  return modelOf({
    listeners: [listener('l', protocol, [section('infra/edge/http', '', ['v'])])],
    virtualHosts: [virtualHost('v', '', routes)],
    routes,
    ...parts,
  });
}

function byId<T extends { readonly id: string }>(values: readonly T[] = []): Table<T> {
  return Object.fromEntries(values.map((each) => [each.id, each]));
}
