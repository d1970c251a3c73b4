import type { Edit } from '../edits.ts';
import { authorizations, filter, listener, repeated, routeFilters } from './values.ts';

/** Gateways and ListenerSets. */
export const gatewayEdits: Readonly<Record<string, readonly Edit[]>> = {
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
};
