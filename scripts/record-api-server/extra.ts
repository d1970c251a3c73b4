import type { Edit } from './edits.ts';

/** Changes that no keyword of a schema suggests: metadata, and combinations that rules look at. */
export function extraEdits(kind: string, name: string): readonly Edit[] {
  return [...metadata, ...(perKind[`${kind} ${name}`] ?? [])];
}

const metadata: readonly Edit[] = [
  ...['', 'UPPER', 'a.b', 'a_b', '-a', 'a-', 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(253), 'a'.repeat(254)].map(
    (value) => ({ path: ['metadata', 'name'], value }),
  ),
  ...['a b', 'a/b/c', '/b', 'a/', 'A/b', 'a.example/b', 'x'.repeat(64), 'é'].flatMap((key) => [
    { path: ['metadata', 'labels'], value: { [key]: 'v' } },
    { path: ['metadata', 'annotations'], value: { [key]: 'v' } },
  ]),
  ...['a b', '-a', 'x'.repeat(63), 'x'.repeat(64), 'é', 5, true, null].map((value) => ({
    path: ['metadata', 'labels'],
    value: { key: value },
  })),
  ...['b', 'a b', 'x/y/z'].map((value) => ({ path: ['metadata', 'finalizers'], value: [value] })),
  { path: ['metadata', 'creationTimestamp'], value: '2026-01-02T03:04:05Z' },
  { path: ['metadata', 'creationTimestamp'], value: 'yesterday' },
  { path: ['metadata', 'creationTimestamp'], value: 5 },
  { path: ['metadata', 'generation'], value: 7 },
  { path: ['metadata', 'generation'], value: '7' },
  { path: ['metadata', 'ownerReferences'], value: [{}] },
  { path: ['metadata', 'ownerReferences'], value: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u', extra: 1 }] },
  { path: ['metadata', 'managedFields'], value: [{ manager: 'm', operation: 'Apply', bogus: 1 }] },
  { path: ['metadata'], value: 'text' },
  { path: ['metadata'], value: {} },
];

const repeated = (path: readonly (string | number)[], values: readonly unknown[]): readonly Edit[] =>
  values.map((value) => ({ path, value }));

const listener = (more: object): object => ({ name: 'x', port: 8080, protocol: 'HTTP', ...more });
const ref = (more: object): object => ({ name: 'edge', ...more });
const filter = (type: string, more: object = {}): object => ({ type, ...more });
const rewrite = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' };
const persistence: readonly object[] = [
  { type: 'Cookie', cookie: { name: 'a', lifetimeType: 'Permanent' } },
  { type: 'Header', header: { name: 'a' }, cookie: { name: 'a' } },
  { type: 'Header' },
  { type: 'Cookie' },
  { type: 'Cookie', cookie: { name: 'a' }, header: { name: 'a' } },
  { cookie: { name: 'a', lifetimeType: 'Session' } },
];
const routeFilters: readonly object[] = [
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
const xBackend = { name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io', port: 80 };
const authorizations: readonly object[] = [
  { protocol: 'HTTP', backendRef: { name: 'a', port: 1 }, grpc: {} },
  { protocol: 'GRPC', backendRef: { name: 'a', port: 1 }, http: {} },
  { protocol: 'HTTP', backendRef: { name: 'a' }, http: {} },
  { protocol: 'HTTP', backendRef: xBackend, http: {} },
];
const mirrors: readonly object[] = [
  { backendRef: { name: 'a' } },
  { backendRef: xBackend },
  { backendRef: { name: 'a', port: 1 }, percent: 1, fraction: { numerator: 1 } },
  { backendRef: { name: 'a', port: 1 }, fraction: { numerator: 101 } },
];
const parents: readonly (readonly object[])[] = [
  [ref({}), ref({})],
  [ref({ sectionName: 'a' }), ref({})],
  [ref({ sectionName: 'a' }), ref({ sectionName: 'a' })],
  [ref({ sectionName: 'a' }), ref({ sectionName: 'b' })],
  [ref({ port: 80 }), ref({ port: 80 })],
  [ref({ port: 80 }), ref({ port: 81 })],
  [ref({ namespace: 'a' }), ref({ namespace: 'b' })],
  [ref({ namespace: 'a' }), ref({ namespace: 'a', sectionName: 'x' })],
];

const perKind: Readonly<Record<string, readonly Edit[]>> = {
  'Gateway edge': [
    ...repeated(
      ['spec', 'listeners'],
      [
        [listener({}), listener({})],
        [listener({}), listener({ name: 'y' })],
        [listener({}), listener({ name: 'y', hostname: 'a.example.com' })],
        [listener({ tls: {} })],
        [listener({ protocol: 'TCP', hostname: 'a.example.com' })],
        [listener({ protocol: 'HTTPS' })],
        [listener({ protocol: 'HTTPS', tls: {} })],
        [listener({ protocol: 'HTTPS', tls: { mode: 'Passthrough' } })],
        [listener({ protocol: 'HTTPS', tls: { options: {} } })],
        [listener({ protocol: 'HTTPS', tls: { options: { 'a.b/c': 'd' } } })],
        [listener({ protocol: 'HTTPS', tls: { certificateRefs: [] } })],
        [listener({ protocol: 'HTTPS', tls: { certificateRefs: [], options: {} } })],
        [
          listener({
            filters: {
              requests: [
                filter('ExtensionRef', {
                  externalAuth: { protocol: 'HTTP', backendRef: { name: 'a', port: 1 }, http: {} },
                }),
              ],
            },
          }),
        ],
        [listener({ protocol: 'TLS' })],
        [listener({ protocol: 'TLS', tls: {} })],
        [listener({ protocol: 'TCP', filters: { requests: [] } })],
        [listener({ filters: { requests: [filter('ExtensionRef')] } })],
        [listener({ filters: { requests: [filter('ExternalAuth')] } })],
        [listener({ filters: { requests: [filter('ExtensionRef', { externalAuth: {} })] } })],
        [
          listener({
            filters: {
              requests: [
                filter('ExternalAuth', {
                  externalAuth: { protocol: 'HTTP', backendRef: { name: 'a' }, grpc: {} },
                }),
              ],
            },
          }),
        ],
        [
          listener({
            filters: {
              requests: [
                filter('ExternalAuth', {
                  extensionRef: { group: 'a', kind: 'B', name: 'c' },
                  externalAuth: {
                    protocol: 'GRPC',
                    backendRef: { group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'a', port: 80 },
                    http: {},
                  },
                }),
              ],
            },
          }),
        ],
      ],
    ),
    ...repeated(
      ['spec', 'addresses'],
      [
        [{ value: '10.0.0.1' }, { value: '10.0.0.1' }],
        [
          { type: 'Hostname', value: 'a.b' },
          { type: 'Hostname', value: 'a.b' },
        ],
        [{ type: 'IPAddress', value: 'not-an-address' }],
        [{ type: 'IPAddress', value: '::ffff:10.0.0.1' }],
        [{ type: 'IPAddress', value: 'fe80::1%eth0' }],
        [{ type: 'IPAddress', value: '010.0.0.1' }],
        [{ type: 'Hostname', value: 'UPPER' }],
        [{ type: 'NamedAddress', value: 'x y' }],
        [{ type: 'example.com/own', value: 'x y' }],
        [{ type: 'IPAddress' }],
        [{}],
        [{ type: 'IPAddress', value: 5 }],
      ],
    ),
    ...repeated(
      ['spec', 'tls', 'frontend', 'perPort'],
      [
        [
          { port: 1, tls: {} },
          { port: 1, tls: {} },
        ],
      ],
    ),
    ...repeated(
      ['spec', 'tls', 'frontend', 'default', 'validation', 'caCertificateRefs'],
      [[{ group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'a', namespace: 'b' }]],
    ),
    ...repeated(
      ['spec', 'addresses', 0, 'routability'],
      ['', 'Cluster', 'example.com/x', 'k8s.io/x', 'a.k8s.io/x', 'Bogus'],
    ),
    ...repeated(
      ['spec', 'infrastructure', 'annotations'],
      [{ [`${'a'.repeat(253)}/b`]: 'v' }, { 'a b': 'v' }, { '-': 'v' }],
    ),
  ],
  'HTTPRoute shop': [
    ...repeated(['spec', 'rules', 0, 'sessionPersistence'], persistence),
    ...repeated(['spec', 'rules', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'backendRefs', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'filters', 2, 'requestMirror'], mirrors),
    ...repeated(['spec', 'rules', 2, 'filters', 1, 'externalAuth'], authorizations),
    ...repeated(
      ['spec', 'rules', 0, 'filters', 4, 'cors'],
      [{ allowMethods: ['*', 'GET'] }, { allowOrigins: ['*', 'http://a'] }],
    ),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [{ name: 'a' }, { name: 'a' }],
        [{ name: 'a' }, {}],
        [{ matches: Array.from({ length: 65 }, () => ({})) }],
        Array.from({ length: 3 }, () => ({ matches: Array.from({ length: 43 }, () => ({})) })),
        [{ backendRefs: [{ name: 'a' }] }],
        [{ backendRefs: [{ name: 'a', kind: 'Other' }] }],
        [{ backendRefs: [{ name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io', port: 80 }] }],
        [{ backendRefs: [{ name: 'a', kind: 'XBackend', group: 'gateway.networking.x-k8s.io' }] }],
        [{ filters: [filter('RequestRedirect', { requestRedirect: {} })], backendRefs: [{ name: 'a', port: 1 }] }],
        [{ filters: [filter('RequestRedirect', { requestRedirect: {} }), filter('URLRewrite', { urlRewrite: {} })] }],
        [
          {
            filters: [
              filter('RequestRedirect', { requestRedirect: {} }),
              filter('RequestRedirect', { requestRedirect: {} }),
            ],
          },
        ],
        [{ filters: [filter('URLRewrite', { urlRewrite: {} }), filter('URLRewrite', { urlRewrite: {} })] }],
        [{ filters: [filter('CORS', { cors: {} }), filter('CORS', { cors: {} })] }],
        [{ filters: [filter('CORS')] }],
        [{ filters: [filter('CORS', { cors: { allowHeaders: ['*', 'a'] } })] }],
        [{ filters: [filter('RequestHeaderModifier')] }],
        [{ filters: [filter('RequestHeaderModifier', { urlRewrite: {} })] }],
        [{ filters: [filter('ResponseHeaderModifier', { cors: {} })] }],
        [{ filters: [filter('RequestMirror')] }],
        [{ filters: [filter('ExternalAuth')] }],
        [
          {
            filters: [
              filter('RequestHeaderModifier', { requestHeaderModifier: {} }),
              filter('RequestHeaderModifier', { requestHeaderModifier: {} }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('ResponseHeaderModifier', { responseHeaderModifier: {} }),
              filter('ResponseHeaderModifier', { responseHeaderModifier: {} }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('RequestMirror', {
                requestMirror: { backendRef: { name: 'a', port: 1 }, percent: 1, fraction: { numerator: 1 } },
              }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('RequestMirror', {
                requestMirror: { backendRef: { name: 'a', port: 1 }, fraction: { numerator: 101 } },
              }),
            ],
          },
        ],
        [{ filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })] }],
        [
          {
            matches: [{ path: { type: 'Exact' } }],
            filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })],
          },
        ],
        [
          {
            matches: [{ path: { type: 'Exact' } }],
            filters: [filter('URLRewrite', { urlRewrite: { path: rewrite } })],
          },
        ],
        [
          {
            matches: [{}, {}],
            backendRefs: [{ name: 'a', port: 1, filters: [filter('URLRewrite', { urlRewrite: { path: rewrite } })] }],
          },
        ],
        [
          {
            matches: [{}, {}],
            backendRefs: [
              { name: 'a', port: 1, filters: [filter('RequestRedirect', { requestRedirect: { path: rewrite } })] },
            ],
          },
        ],
        [{ filters: [filter('URLRewrite', { urlRewrite: { path: { type: 'ReplaceFullPath' } } })] }],
        [
          {
            filters: [
              filter('URLRewrite', { urlRewrite: { path: { type: 'ReplaceFullPath', replacePrefixMatch: '/' } } }),
            ],
          },
        ],
        [
          {
            filters: [
              filter('URLRewrite', { urlRewrite: { path: { type: 'ReplacePrefixMatch', replaceFullPath: '/' } } }),
            ],
          },
        ],
        [{ timeouts: { request: '1s', backendRequest: '2s' } }],
        [{ timeouts: { request: '0s', backendRequest: '2s' } }],
        [{ timeouts: { request: '1h1m1s1ms', backendRequest: '60m' } }],
        [{ timeouts: { request: '99999h', backendRequest: '99999h99999h99999h99999h' } }],
        [
          {
            matches: [
              {
                headers: [
                  { name: 'a', value: 'b' },
                  { name: 'a', value: 'c' },
                ],
              },
            ],
          },
        ],
        [{ sessionPersistence: { cookie: { name: 'a', lifetimeType: 'Permanent' } } }],
        [{ sessionPersistence: { type: 'Header', header: { name: 'a' }, cookie: { name: 'a' } } }],
        [{ sessionPersistence: { type: 'Header' } }],
        [{ sessionPersistence: { type: 'Cookie', header: { name: 'a' } } }],
        [{ bogus: 1, matches: [{ bogus: 2, path: { value: 5 } }] }],
        [null, {}],
        null,
      ],
    ),
  ],
  'GRPCRoute rpc': [
    ...repeated(['spec', 'rules', 0, 'sessionPersistence'], persistence),
    ...repeated(['spec', 'rules', 0, 'filters', 0], routeFilters),
    ...repeated(['spec', 'rules', 0, 'filters', 1, 'requestMirror'], mirrors),
    ...repeated(['spec', 'rules', 0, 'backendRefs', 0], [{ name: 'a' }, xBackend]),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [{ matches: [{ method: {} }] }],
        [{ matches: [{ method: { type: 'Exact' } }] }],
        [{ matches: [{ method: { service: 'a b', method: '0' } }] }],
        [{ matches: [{ method: { service: '.A.b_c', method: 'M' } }] }],
        [{ name: 'a' }, { name: 'a' }],
        Array.from({ length: 3 }, () => ({ matches: Array.from({ length: 43 }, () => ({})) })),
        [{ filters: [filter('RequestHeaderModifier')] }],
        [{ filters: [filter('ResponseHeaderModifier'), filter('ResponseHeaderModifier')] }],
        [{ filters: [filter('RequestMirror', { requestHeaderModifier: {} })] }],
        [{ filters: [filter('ExtensionRef')] }],
      ],
    ),
  ],
  'TLSRoute pass': [
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'hostnames'],
      [['10.0.0.1'], ['::1'], ['*'], ['a*b'], ['*.'], ['*.10.0.0.1'], ['A'], ['a_b'], ['ok', 'é']],
    ),
  ],
  'TCPRoute tcp': [
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
  ],
  'UDPRoute udp': [
    ...repeated(['spec', 'parentRefs'], parents),
    ...repeated(
      ['spec', 'rules'],
      [
        [
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
          { name: 'a', backendRefs: [{ name: 'a', port: 1 }] },
        ],
        [{ backendRefs: [xBackend] }],
        [{ backendRefs: [{ name: 'a' }] }],
      ],
    ),
  ],
  'BackendTLSPolicy orders': [
    ...repeated(
      ['spec', 'targetRefs'],
      [
        [ref({ group: '', kind: 'Service' }), ref({ group: '', kind: 'Service' })],
        [ref({ group: '', kind: 'Service', sectionName: 'a' }), ref({ group: '', kind: 'Service' })],
        [ref({ group: '', kind: 'Service', sectionName: 'a' }), ref({ group: '', kind: 'Service', sectionName: 'a' })],
      ],
    ),
    ...repeated(
      ['spec', 'validation'],
      [
        { hostname: 'a' },
        { hostname: 'a', caCertificateRefs: [], wellKnownCACertificates: '' },
        { hostname: 'a', wellKnownCACertificates: 'example.com/own' },
        { hostname: 'a', wellKnownCACertificates: 'System', subjectAltNames: [{ type: 'URI' }] },
        { hostname: 'a', wellKnownCACertificates: 'System', subjectAltNames: [{ type: 'Hostname' }] },
        { hostname: 'a', wellKnownCACertificates: 'System', subjectAltNames: [{ type: 'Hostname', uri: 'a://b' }] },
        { hostname: 'a', wellKnownCACertificates: 'System', subjectAltNames: [{ type: 'URI', hostname: 'a' }] },
        {
          hostname: 'a',
          wellKnownCACertificates: 'System',
          caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'a' }],
        },
      ],
    ),
  ],
  'ListenerSet more': [
    ...repeated(['spec', 'listeners', 0, 'filters', 'requests', 0], routeFilters),
    ...repeated(['spec', 'listeners', 0, 'filters', 'requests', 0, 'externalAuth'], authorizations),
    ...repeated(
      ['spec', 'listeners'],
      [
        [listener({}), listener({})],
        [listener({}), listener({ name: 'y' })],
        [listener({ protocol: 'TCP', hostname: 'a' })],
        [listener({ protocol: 'TLS' })],
        [listener({ protocol: 'HTTPS', tls: {} })],
        [listener({ tls: {} })],
        [listener({ protocol: 'HTTPS', tls: { options: {} } })],
        [listener({ protocol: 'HTTPS', tls: { options: {}, certificateRefs: [] } })],
      ],
    ),
  ],
  'XBackend outside': [
    ...repeated(
      ['spec', 'tls', 'validation', 'subjectAltNames', 0],
      [{ type: 'URI' }, { type: 'Hostname' }, { type: 'Hostname', uri: 'a://b' }, { type: 'URI', hostname: 'a' }],
    ),
    ...repeated(
      ['spec'],
      [
        { type: 'EndpointSelector', port: { number: 1 } },
        { type: 'EndpointSelector', endpointSelector: { matchLabels: { a: 'b' } } },
        { type: 'EndpointSelector', endpointSelector: { matchLabels: { 'a b': 'b', '/': 'c' } } },
        { type: 'ExternalHostname', endpointSelector: { matchLabels: { a: 'b' } } },
        { type: 'ExternalHostname', externalHostname: { hostname: 'a.b' }, protocol: 'HTTP2' },
        { type: 'ExternalHostname', externalHostname: { hostname: 'a.b' }, protocol: 'WSS' },
        {
          type: 'ExternalHostname',
          externalHostname: { hostname: 'a.b' },
          protocol: 'H2C',
          tls: { mode: 'ServerOnly' },
        },
        { type: 'ExternalHostname', externalHostname: { hostname: 'a.cluster.local' }, sessionPersistence: {} },
        { type: 'ExternalHostname', externalHostname: { hostname: 'a.b' }, tls: { mode: 'None', validation: {} } },
      ],
    ),
  ],
  'XBackend pods': [
    ...repeated(['spec', 'sessionPersistence'], persistence),
    ...repeated(
      ['spec', 'endpointSelector', 'matchLabels'],
      [{ 'a b': 'b', '/': 'c' }, { [`${'a'.repeat(254)}/b`]: 'c' }],
    ),
    ...repeated(['spec', 'tls'], [{ mode: 'None' }]),
    { path: ['spec', 'tls'] },
  ],
  'XBackendTrafficPolicy budget': [
    ...repeated(['spec', 'sessionPersistence'], persistence),
    ...repeated(['spec', 'retryConstraint', 'budget', 'interval'], ['1s', '999ms', '1h', '3601s', '0s']),
    ...repeated(['spec', 'retryConstraint', 'minRetryRate', 'interval'], ['0s', '0h0m', '1h', '1h1ms']),
  ],
  'XTelemetryPolicy traces': repeated(
    ['spec', 'tracing'],
    [
      {},
      { mode: 'Disabled', samplingRate: { numerator: 1 } },
      {
        mode: 'Disabled',
        provider: { backendRef: { name: 'a', port: 1 } },
        spanName: 'a',
        serviceName: 'b',
        attributes: [],
      },
      { mode: 'Enabled' },
      {
        mode: 'Enabled',
        provider: { backendRef: { name: 'a', port: 1 } },
        attributes: [
          { name: 'a', sourceType: 'Header' },
          { name: 'b', sourceType: 'Literal', headerName: 'x' },
          { name: 'c', sourceType: 'Attribute' },
          { name: 'd', sourceType: 'Literal', literalValue: 'x', attributeKey: 'y' },
        ],
        parentBasedSampling: { mode: 'Disabled', samplingRate: { numerator: 1 } },
      },
      { mode: 'Disabled', parentBasedSampling: { mode: 'Enabled' } },
      { mode: 'Enabled', provider: { backendRef: xBackend } },
    ],
  ),
  'Service orders': [
    ...repeated(
      ['spec', 'ports'],
      [
        [{ port: 80 }, { port: 81 }],
        [
          { name: 'a', port: 80 },
          { name: 'a', port: 81 },
        ],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
        [
          { name: 'a', port: 80 },
          { name: 'b', port: 80, protocol: 'UDP' },
        ],
        [{ port: 0 }],
        [{ port: 65536 }],
        [{}],
        [{ port: 80, targetPort: 0 }],
        [{ port: 80, targetPort: 'name-too-long-for-it' }],
        [{ port: 80, targetPort: 'a--b' }],
        [{ port: 80, targetPort: '123' }],
        [{ port: 80, protocol: 'HTTP' }],
        [{ port: 80, name: 'UPPER' }],
        [{ port: 80, nodePort: 30000 }],
      ],
    ),
    ...repeated(['spec', 'type'], ['ExternalName', 'Bogus', '']),
    ...repeated(['spec', 'clusterIP'], ['None', '']),
    { path: ['spec'] },
  ],
  'Service external': [
    ...repeated(['spec', 'externalName'], ['', 'UPPER', 'a.b.', '10.0.0.1', 'a_b']),
    { path: ['spec', 'clusterIP'], value: '10.96.0.9' },
    { path: ['spec', 'clusterIP'], value: 'None' },
  ],
  'EndpointSlice orders-1': [
    ...repeated(['addressType'], ['IPv6', 'FQDN', 'Bogus', '']),
    ...repeated(
      ['endpoints', 0, 'addresses'],
      [
        ['::1'],
        ['0.0.0.0'],
        ['169.254.1.1'],
        ['224.0.0.1'],
        ['010.1.1.1'],
        ['a.b'],
        [],
        Array.from({ length: 101 }, () => '10.1.1.1'),
      ],
    ),
    ...repeated(['ports'], [[], [{}], [{}, {}], [{ name: 'a', protocol: 'HTTP' }], [{ name: 'A' }], [{ port: 0 }]]),
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'v6' },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:db8::1'] }],
        ports: [],
      },
    },
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'v6' },
        addressType: 'IPv6',
        endpoints: [{ addresses: ['2001:DB8:0::1', 'fe80::1', '::', '10.0.0.1'] }],
        ports: [],
      },
    },
    {
      path: [],
      value: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'fqdn' },
        addressType: 'FQDN',
        endpoints: [{ addresses: ['a.example.com', 'a.example.com.', 'one', 'UPPER.b', `${'a'.repeat(64)}.b`] }],
      },
    },
  ],
  'ConfigMap ca': [
    ...repeated(
      ['data'],
      [
        { 'a b': 'x' },
        { '..': 'x' },
        { '..a': 'x' },
        { '.': 'x' },
        { other: 'x' },
        { a: 5 },
        { a: null },
        { ['x'.repeat(254)]: 'y' },
      ],
    ),
    ...repeated(
      ['binaryData'],
      [{ a: '*' }, { a: 'AAE' }, { a: 'AA' }, { a: 'A===' }, { a: 'AAE=A' }, { a: 'AAEC\nAAEC' }],
    ),
  ],
  'Secret plain': [
    ...repeated(
      ['data'],
      [
        { a: '*' },
        { a: 'AAE' },
        { a: 'A' },
        { a: 'AA=' },
        { a: 'AA==x' },
        { a: '' },
        { a: 'AAE =' },
        { 'a b': 'AAEC' },
        { a: 5 },
        { a: null },
      ],
    ),
    ...repeated(
      ['type'],
      [
        'kubernetes.io/tls',
        'Opaque',
        'kubernetes.io/dockerconfigjson',
        'kubernetes.io/basic-auth',
        'kubernetes.io/ssh-auth',
        '',
      ],
    ),
    { path: ['stringData', 'password'], value: 'other' },
  ],
  'Namespace another': repeated(['metadata', 'name'], ['a.b', 'UPPER']),
};
