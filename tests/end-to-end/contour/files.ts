import { CertificateAuthority } from '../../../src/cli/demo/pki.ts';
import { yaml } from '../objects.ts';
import { authority } from '../shop.ts';
import { echoPort, h2Port, mirrorPort, plainPort, tlsEchoPort, tlsPort, unwellPort, wellPort } from './backends.ts';
import { at, caSecret, endpointsOf, metadata, proxy, service, tls, validation } from './objects.ts';

const strangers = await CertificateAuthority.create('Other CA');
const hosts = ['www', 'redirects', 'headers', 'includes', 'broken', 'secure', 'tcp', 'mutual', 'fine.wild'];
const edge = await authority.issue({ dns: [...hosts.map((name) => `${name}.test`), '*.wild.test'] });
const fallback = await authority.issue({ dns: ['fallback.test'] });

/** What is in the folder: services and secrets, and the HTTPProxies by what they are about. */
export const files: Readonly<Record<string, string>> = {
  'services.yaml': yaml(
    ...service('orders', tlsPort),
    ...service('annotated', tlsPort, { 'projectcontour.io/upstream-protocol.tls': 'web' }),
    ...service('plain', plainPort),
    ...service('annotated-plain', plainPort, { 'projectcontour.io/upstream-protocol.tls': '443' }),
    ...service('modern', h2Port, { 'projectcontour.io/upstream-protocol.h2': '443' }),
    ...service('echo', echoPort),
    ...service('tls-echo', tlsEchoPort),
    ...service('team', tlsPort, {}, 'team'),
    ...service('pair', 0).slice(0, 1),
    ...endpointsOf('pair', [wellPort, unwellPort]),
    ...service('mirror', mirrorPort),
  ),
  'secrets.yaml': yaml(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('edge'),
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': edge.chain, 'tls.key': edge.key },
    },
    caSecret('ca', authority.certificate),
    caSecret('strangers', strangers.certificate),
    caSecret('shared-ca', authority.certificate, 'certs'),
    caSecret('kept-ca', authority.certificate, 'certs'),
    {
      apiVersion: 'projectcontour.io/v1',
      kind: 'TLSCertificateDelegation',
      metadata: metadata('shared', 'certs'),
      spec: { delegations: [{ secretName: 'shared-ca', targetNamespaces: ['shop'] }] },
    },
  ),
  'www.yaml': yaml(
    proxy('www', {
      virtualhost: { fqdn: 'www.test' },
      routes: [
        at('/verified', [{ name: 'orders', port: 443, protocol: 'tls', validation: validation() }]),
        at('/annotated', [{ name: 'annotated', port: 443, validation: validation() }]),
        at('/modern', [{ name: 'modern', port: 443, validation: validation() }]),
        at('/strangers', [{ name: 'annotated', port: 443, validation: validation('strangers') }]),
        at('/name', [{ name: 'annotated', port: 443, validation: validation('ca', 'billing.internal') }]),
        at('/delegated', [{ name: 'annotated', port: 443, validation: validation('certs/shared-ca') }]),
        at('/unverified', [{ name: 'annotated', port: 443 }]),
        at('/never-plain', [{ name: 'plain', port: 443, validation: validation() }]),
        at('/wrong-plain', [{ name: 'annotated-plain', port: 443, validation: validation() }]),
        at('/plain', [{ name: 'plain', port: 443 }]),
      ],
    }),
  ),
  'broken.yaml': yaml(
    proxy('not-delegated', {
      virtualhost: { fqdn: 'broken.test' },
      routes: [at('/', [{ name: 'annotated', port: 443, validation: validation('certs/kept-ca') }])],
    }),
  ),
  'redirects.yaml': yaml(
    proxy('redirects', {
      virtualhost: { fqdn: 'redirects.test', tls },
      routes: [
        at('/', [{ name: 'plain', port: 443 }]),
        at('/open', [{ name: 'plain', port: 443 }], { permitInsecure: true }),
        {
          conditions: [{ prefix: '/away' }],
          requestRedirectPolicy: { hostname: 'www.example.com', scheme: 'https', statusCode: 302, prefix: '/there' },
        },
        { conditions: [{ exact: '/teapot' }], directResponsePolicy: { statusCode: 418, body: 'short and stout' } },
      ],
    }),
  ),
  'headers.yaml': yaml(
    proxy('headers', {
      virtualhost: { fqdn: 'headers.test' },
      routes: [
        at('/host', [{ name: 'orders', port: 443, protocol: 'tls', validation: validation() }], {
          requestHeadersPolicy: {
            set: [
              { name: 'Host', value: 'orders.internal' },
              { name: 'X-Team', value: '%CONTOUR_NAMESPACE%' },
            ],
            remove: ['X-Secret'],
          },
          responseHeadersPolicy: { set: [{ name: 'X-Served', value: 'indeed' }] },
        }),
        at('/api', [{ name: 'plain', port: 443 }], {
          pathRewritePolicy: { replacePrefix: [{ prefix: '/api', replacement: '/v1/' }] },
        }),
        {
          ...at('/which', [{ name: 'plain', port: 443 }]),
          conditions: [{ prefix: '/which' }, { header: { name: 'X-Kind', contains: 'b' } }],
        },
        { conditions: [{ prefix: '/which' }], directResponsePolicy: { statusCode: 404, body: 'another' } },
      ],
    }),
  ),
  'balancing.yaml': yaml(
    proxy('balancing', {
      virtualhost: { fqdn: 'balancing.test' },
      routes: [
        at('/affinity', [{ name: 'pair', port: 443, protocol: 'tls', validation: validation() }], {
          loadBalancerPolicy: { strategy: 'Cookie' },
        }),
        at('/checked', [{ name: 'pair', port: 443, protocol: 'tls', validation: validation() }], {
          healthCheckPolicy: { path: '/healthz', intervalSeconds: 1 },
        }),
        at('/copied', [
          { name: 'plain', port: 443 },
          { name: 'mirror', port: 443, protocol: 'tls', validation: validation(), mirror: true },
        ]),
      ],
    }),
  ),
  'includes.yaml': yaml(
    proxy('includes', {
      virtualhost: { fqdn: 'includes.test' },
      includes: [
        { name: 'team', namespace: 'team', conditions: [{ prefix: '/team' }] },
        { name: 'nobody', conditions: [{ prefix: '/nobody' }] },
        { name: 'invalid', conditions: [{ prefix: '/invalid' }] },
      ],
      routes: [at('/', [{ name: 'plain', port: 443 }])],
    }),
    proxy('team', { routes: [at('/orders', [{ name: 'team', port: 443, protocol: 'tls' }])] }, 'team'),
    proxy('invalid', { routes: [at('/', [{ name: 'annotated', port: 443, validation: validation('missing') }])] }),
    proxy('orphan', { routes: [at('/', [{ name: 'plain', port: 443 }])] }),
    proxy('wild', { virtualhost: { fqdn: '*.wild.test', tls }, routes: [at('/', [{ name: 'plain', port: 443 }])] }),
  ),
  'configuration.yaml': yaml(
    {
      apiVersion: 'projectcontour.io/v1alpha1',
      kind: 'ContourConfiguration',
      metadata: metadata('contour', 'projectcontour'),
      spec: { httpproxy: { fallbackCertificate: { namespace: 'shop', name: 'fallback' } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('fallback'),
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': fallback.chain, 'tls.key': fallback.key },
    },
    proxy('nameless', {
      virtualhost: { fqdn: 'nameless.test', tls: { ...tls, enableFallbackCertificate: true } },
      routes: [at('/', [{ name: 'plain', port: 443 }])],
    }),
  ),
  'streams.yaml': yaml(
    proxy('secure', {
      virtualhost: { fqdn: 'secure.test', tls: { passthrough: true } },
      tcpproxy: { services: [{ name: 'tls-echo', port: 443 }] },
    }),
    proxy('tcp', { virtualhost: { fqdn: 'tcp.test', tls }, tcpproxy: { services: [{ name: 'echo', port: 443 }] } }),
    proxy('mutual', {
      virtualhost: { fqdn: 'mutual.test', tls: { ...tls, clientValidation: { caSecret: 'ca' } } },
      routes: [at('/', [{ name: 'plain', port: 443 }])],
    }),
  ),
};
