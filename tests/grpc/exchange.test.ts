import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { gatewayApi } from '../../src/dialects/gateway-api/index.ts';
import type { Model } from '../../src/model/model.ts';
import type { KubernetesObject } from '../../src/resources/object.ts';
import { startGateway } from '../proxy/gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, route } from '../proxy/model.ts';
import { translateObjects } from '../support/case.ts';

/** An echo server of gRPC, which tells the path that was called and the metadata that came. */
async function echo(t: TestContext): Promise<number> {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'x-path': headers[':path'],
        'x-tenant': headers['x-tenant'] ?? '',
      },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Called {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly message: string;
}

/** One unary call over HTTP/2 with prior knowledge. */
async function call(port: number, path: string, metadata: Readonly<Record<string, string>> = {}): Promise<Called> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      ':authority': 'shop.example',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...metadata,
    });
    let trailers: IncomingHttpHeaders = {};
    stream.on('trailers', (fields) => {
      trailers = fields;
    });
    stream.end('message');
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.setEncoding('utf8');
    let message = '';
    for await (const chunk of stream) message += String(chunk);
    return { headers, trailers, message };
  } finally {
    session.close();
  }
}

const manifests = (port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop, generation: 1 }
spec:
  gatewayClassName: farside
  listeners:
  - { name: http, port: 80, protocol: HTTP, allowedRoutes: { namespaces: { from: Same } } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: calls, namespace: shop, generation: 1 }
spec:
  parentRefs:
  - { group: gateway.networking.k8s.io, kind: Gateway, name: edge }
  rules:
  - matches:
    - method: { type: Exact, service: shop.Orders, method: List }
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: X-Tenant, value: exact }] }
    backendRefs: [{ group: "", kind: Service, name: orders, port: 8080, weight: 1 }]
  - matches:
    - method: { type: RegularExpression, service: 'shop\\..*', method: 'Get.*' }
      headers: [{ type: Exact, name: Version, value: two }]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier: { set: [{ name: X-Tenant, value: expression }] }
    backendRefs: [{ group: "", kind: Service, name: orders, port: 8080, weight: 1 }]
  - matches:
    - method: { type: Exact, service: shop.Broken }
    backendRefs: [{ group: "", kind: Service, name: missing, port: 8080, weight: 1 }]
---
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { type: ClusterIP, ports: [{ port: 8080, protocol: TCP, targetPort: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: orders, namespace: shop, labels: { kubernetes.io/service-name: orders } }
addressType: IPv4
endpoints: [{ addresses: [127.0.0.1] }]
ports: [{ name: "", protocol: TCP, port: ${port} }]
`;

/** What the Gateway API makes of the manifests, on the only listener that there is. */
function translated(port: number): Model {
  const objects = parseAllDocuments(manifests(port)).map((document) => {
    const object = document.toJS() as KubernetesObject;
    const { apiVersion, kind, metadata } = object;
    const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
    return { reference, object, provenance: { file: null, position: () => null } };
  });
  const { model } = translateObjects(gatewayApi, objects).translation;
  const [listener] = Object.values(model.listeners);
  assert.ok(listener !== undefined);
  return { ...model, listeners: { l: { ...listener, id: 'l' } } };
}

test('a GRPCRoute calls backends over HTTP/2, by service, method and metadata', async (t) => {
  const { port } = await startGateway(t, translated(await echo(t)), { protocol: 'HTTP/2' });
  const exact = await call(port, '/shop.Orders/List');
  assert.equal(exact.headers['x-path'], '/shop.Orders/List');
  assert.equal(exact.headers['x-tenant'], 'exact');
  assert.equal(exact.message, 'message');
  assert.equal(exact.trailers['grpc-status'], '0');
  const expression = await call(port, '/shop.Stock/GetOne', { version: 'two' });
  assert.equal(expression.headers['x-tenant'], 'expression');
});

test('a call that no rule matches is not implemented, and says so in the head alone', async (t) => {
  const { port } = await startGateway(t, translated(await echo(t)), { protocol: 'HTTP/2' });
  for (const [path, metadata] of [
    ['/shop.Orders/Delete', {}],
    ['/shop.Stock/GetOne', { version: 'one' }],
    ['/shop.Orders/List/More', {}],
  ] as const) {
    const { headers, message } = await call(port, path, metadata);
    assert.equal(headers[':status'], 200, path);
    assert.equal(headers['content-type'], 'application/grpc');
    assert.equal(headers['grpc-status'], '12');
    assert.equal(message, '');
  }
});

test('a rule without a backend fails with a status, and what is not gRPC gets its HTTP status', async (t) => {
  const { port } = await startGateway(t, translated(await echo(t)), { protocol: 'HTTP/2' });
  const broken = await call(port, '/shop.Broken/List');
  assert.equal(broken.headers['grpc-status'], '2');
  const plain = await call(port, '/shop.Broken/List', { 'content-type': 'application/json' });
  assert.equal(plain.headers[':status'], 500);
  assert.equal(plain.headers['grpc-status'], undefined);
});

test('a backend that cannot be reached is unavailable', async (t) => {
  const orders = 'shop/orders:80';
  const model = modelOfRoutes([route('r', forward([destination(orders)]))], {
    backends: [backend(orders, { protocol: 'h2c' })],
    endpoints: [endpoints(orders, [])],
  });
  const { port, record } = await startGateway(t, model, { protocol: 'HTTP/2' });
  const { headers } = await call(port, '/shop.Orders/List');
  assert.equal(headers[':status'], 200);
  assert.equal(headers['grpc-status'], '14');
  assert.equal((await record(0)).status, 503);
});
