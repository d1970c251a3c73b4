import type { Edit } from '../edits.ts';
import { persistence, ref, repeated, xBackend } from './values.ts';

/** Policies and XBackends. */
export const policyEdits: Readonly<Record<string, readonly Edit[]>> = {
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
};
