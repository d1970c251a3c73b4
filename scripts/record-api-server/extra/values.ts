import type { Edit } from '../edits.ts';

/** The same place with several values. */
export const repeated = (path: readonly (string | number)[], values: readonly unknown[]): readonly Edit[] =>
  values.map((value) => ({ path, value }));

export const listener = (more: object): object => ({ name: 'x', port: 8080, protocol: 'HTTP', ...more });
export const ref = (more: object): object => ({ name: 'edge', ...more });
export const filter = (type: string, more: object = {}): object => ({ type, ...more });
export const rewrite = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };
export const persistence: readonly object[] = [
  { type: 'Cookie', cookie: { name: 'a', lifetimeType: 'Permanent' } },
  { type: 'Header', header: { name: 'a' }, cookie: { name: 'a' } },
  { type: 'Header' },
  { type: 'Cookie' },
  { type: 'Cookie', cookie: { name: 'a' }, header: { name: 'a' } },
  { cookie: { name: 'a', lifetimeType: 'Session' } },
];
export const routeFilters: readonly object[] = [
  'RequestHeaderModifier',
  'ResponseHeaderModifier',
  'RequestMirror',
  'RequestRedirect',
  'URLRewrite',
  'ExtensionRef',
  'CORS',
  'ExternalAuth',
].flatMap((type) => [
  filter(type),
  filter(type, { requestHeaderModifier: {} }),
  filter(type, { responseHeaderModifier: {} }),
  filter(type, { requestMirror: { backendRef: { name: 'a', port: 1 } } }),
  filter(type, { requestRedirect: {} }),
  filter(type, { urlRewrite: {} }),
  filter(type, { extensionRef: { group: 'a', kind: 'B', name: 'c' } }),
  filter(type, { cors: {} }),
  filter(type, { externalAuth: { protocol: 'HTTP', backendRef: { name: 'a', port: 1 }, http: {} } }),
]);
export const xBackend = { name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io', port: 80 };
export const authorizations: readonly object[] = [
  { protocol: 'HTTP', backendRef: { name: 'a', port: 1 }, grpc: {} },
  { protocol: 'GRPC', backendRef: { name: 'a', port: 1 }, http: {} },
  { protocol: 'HTTP', backendRef: { name: 'a' }, http: {} },
  { protocol: 'HTTP', backendRef: xBackend, http: {} },
];
export const mirrors: readonly object[] = [
  { backendRef: { name: 'a' } },
  { backendRef: xBackend },
  { backendRef: { name: 'a', port: 1 }, percent: 1, fraction: { numerator: 1 } },
  { backendRef: { name: 'a', port: 1 }, fraction: { numerator: 101 } },
];
export const parents: readonly (readonly object[])[] = [
  [ref({}), ref({})],
  [ref({ sectionName: 'a' }), ref({})],
  [ref({ sectionName: 'a' }), ref({ sectionName: 'a' })],
  [ref({ sectionName: 'a' }), ref({ sectionName: 'b' })],
  [ref({ port: 80 }), ref({ port: 80 })],
  [ref({ port: 80 }), ref({ port: 81 })],
  [ref({ namespace: 'a' }), ref({ namespace: 'b' })],
  [ref({ namespace: 'a' }), ref({ namespace: 'a', sectionName: 'x' })],
];
