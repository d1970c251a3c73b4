import { test } from 'node:test';
import fc from 'fast-check';
import { contour } from '../../../src/dialects/contour/index.ts';
import type { Resource } from '../../../src/resources/object.ts';
import { translateObjects } from '../../support/case.ts';
import { assertInvariants } from '../../support/invariants.ts';

/*
 * Whatever proxies say, they are translated: one that nobody foresaw must not keep the others from being served. What a
 * schema would refuse is among it, as clusters with other definitions let it in.
 */

const provenance = { file: null, position: () => null };

function resource(apiVersion: string, kind: string, name: string, rest: object): Resource {
  const metadata = { name, namespace: 'shop' };
  return {
    reference: { apiVersion, kind, namespace: 'shop', name },
    object: { apiVersion, kind, metadata, ...rest },
    provenance,
  };
}

/** An object with some of these fields. */
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] });
const list = <T>(item: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> => fc.array(item, { maxLength });

const flag = fc.boolean();
const path = fc.constantFrom('/', '/a', '/a/', '/b', 'a', '', '/[', '/(a)+');
const word = fc.constantFrom('a', 'A', '', '[', '*', 'Host', '%REQ(X-A)%', '%CONTOUR_NAMESPACE%', 'x y');
const time = fc.constantFrom('1s', '0', 'infinity', 'h', '-1s', '');
const whole = fc.constantFrom(-1, 0, 1, 2, 80, 443, 65_536);
const proxyName = fc.constantFrom('a', 'b', 'c', 'missing');
const secretName = fc.constantFrom('ca', 'missing', 'other/ca', '', '/');

const header = some({
  name: word,
  exact: word,
  notexact: word,
  contains: word,
  regex: word,
  present: flag,
  notpresent: flag,
});
const condition = some({
  prefix: path,
  exact: path,
  regex: path,
  header: header.map((each) => ({ name: 'X-A', ...each })),
  queryParameter: some({ exact: word, prefix: word, regex: word, present: flag }).map((each) => ({
    name: 'q',
    ...each,
  })),
});
const headers = some({ set: list(fc.record({ name: word, value: word })), remove: list(word) });
const ranges = list(fc.record({ source: fc.constant('Peer'), cidr: fc.constantFrom('10.0.0.0/8', '::1', 'a', '') }), 2);
const service = some({
  protocol: fc.constantFrom('tls', 'h2', 'h2c', 'grpc'),
  validation: fc.record({ caSecret: secretName, subjectName: word }),
  weight: fc.nat(3),
  mirror: flag,
  healthPort: whole,
  requestHeadersPolicy: headers,
  responseHeadersPolicy: headers,
}).map((each) => ({ name: 'orders', port: 80, ...each }));
const services = list(fc.oneof(service, fc.record({ name: fc.constantFrom('orders', 'missing'), port: whole })));
const balancing = some({
  strategy: fc.constantFrom('Cookie', 'RequestHash', 'Random', 'x'),
  requestHashPolicies: list(
    some({ hashSourceIP: flag, headerHashOptions: fc.record({ headerName: word }), terminal: flag }),
  ),
});
const route = some({
  conditions: list(condition),
  services,
  enableWebsockets: flag,
  permitInsecure: flag,
  timeoutPolicy: some({ response: time, idle: time, idleConnection: time }),
  retryPolicy: fc.record({ count: fc.constantFrom(-1, 0, 3), perTryTimeout: time, retryOn: list(fc.constant('5xx')) }),
  pathRewritePolicy: fc.record({
    replacePrefix: list(some({ prefix: path }).map((each) => ({ replacement: '/x', ...each }))),
  }),
  requestHeadersPolicy: headers,
  responseHeadersPolicy: headers,
  loadBalancerPolicy: balancing,
  healthCheckPolicy: fc.record({ path, expectedStatuses: list(fc.record({ start: fc.nat(700), end: fc.nat(700) })) }),
  requestRedirectPolicy: some({ path, prefix: path, port: whole, hostname: word }).map((each) => ({
    statusCode: 301,
    ...each,
  })),
  directResponsePolicy: fc.record({ statusCode: fc.constantFrom(200, 204, 418), body: word }),
  ipAllowPolicy: ranges,
  ipDenyPolicy: ranges,
});
const virtualhost = some({
  tls: some({
    secretName,
    passthrough: flag,
    enableFallbackCertificate: flag,
    minimumProtocolVersion: fc.constantFrom('1.2', '1.3', 'x'),
    maximumProtocolVersion: fc.constantFrom('1.2', '1.3', 'x'),
    clientValidation: some({ caSecret: secretName, crlSecret: secretName, skipClientCertValidation: flag }),
  }),
  corsPolicy: some({ maxAge: time }).map((each) => ({ allowOrigin: ['*', '['], allowMethods: ['GET'], ...each })),
  ipAllowPolicy: ranges,
});
const include = some({ namespace: fc.constantFrom('shop', 'other'), conditions: list(condition, 2) });
const spec = some({
  routes: list(route),
  includes: list(fc.tuple(proxyName, include).map(([name, each]) => ({ name, ...each }))),
  tcpproxy: some({ services, include: fc.record({ name: proxyName }), loadBalancerPolicy: balancing }),
});
const fqdn = fc.constantFrom('www.example.com', 'WWW.example.com', '*.example.com', 'a.test', ' ', '10.0.0.1');
const root = fc.tuple(spec, virtualhost, fqdn).map(([each, host, name]) => ({
  ...each,
  virtualhost: { fqdn: name, ...host },
}));

const given: readonly Resource[] = [
  resource('v1', 'Service', 'orders', {
    spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }] },
  }),
  resource('v1', 'Secret', 'ca', { type: 'Opaque', data: { 'ca.crt': 'bm9uZQ==' } }),
];

test('proxies are translated whatever they say', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(spec, root), { minLength: 1, maxLength: 3 }), (specs) => {
      const proxies = specs.map((each, index) =>
        resource('projectcontour.io/v1', 'HTTPProxy', ['a', 'b', 'c'][index] ?? 'd', { spec: each }),
      );
      assertInvariants(translateObjects(contour, [...given, ...proxies]));
    }),
    { numRuns: 400 },
  );
});
