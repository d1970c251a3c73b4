import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessRecord } from '../../src/dataplanes/node/proxy/access-log.ts';
import { jsonLines } from '../../src/dataplanes/node/worker/access-log-json.ts';
import { textLines } from '../../src/dataplanes/node/worker/access-log-text.ts';
import type { RefusedRequest } from '../../src/dataplanes/node/worker/refused-request.ts';
import { origin } from '../tls/model.ts';

const record: AccessRecord = {
  time: Date.parse('2026-11-21T18:04:11.250Z'),
  duration: 3.0625,
  backendDuration: 2.5,
  requestId: 'id',
  method: 'GET',
  authority: 'shop.test',
  target: '/ok?x=1',
  protocol: 'HTTP/2',
  status: 200,
  requestBytes: 0,
  responseBytes: 1024,
  userAgent: 'curl/8',
  client: {
    listener: '127.0.0.1:8443',
    remoteAddress: '127.0.0.1',
    remotePort: 5000,
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: 'shop.test' },
  },
  section: 'infra/edge/https',
  route: { kind: 'HTTPRoute', namespace: 'shop', name: 'web', rule: 1, ruleName: '' },
  backend: {
    service: 'shop/orders:443',
    endpoint: '10.0.0.7:443',
    protocol: 'HTTP/1.1',
    reused: true,
    tls: {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      serverName: 'orders.internal',
      resumed: false,
      verified: true,
    },
  },
  retries: 0,
  upgraded: false,
  failure: null,
};

const refused: AccessRecord = {
  ...record,
  status: 503,
  target: '/name',
  responseBytes: 48,
  backend: { service: 'shop/billing:443', endpoint: '10.0.0.7:443', protocol: null, reused: false, tls: null },
  failure: {
    class: 'tls-failed',
    message: 'certificate is for "orders.internal", wanted "billing.internal"',
    origin,
    connect: {
      stage: 'verify',
      reason: 'name-mismatch',
      wanted: 'billing.internal',
      presented: 'orders.internal',
      message: 'certificate is for "orders.internal", wanted "billing.internal"',
      origin,
    },
  },
};

const withoutClock = (line: string): string => line.replace(/^\d\d:\d\d:\d\d/, 'hh:mm:ss');

test('text: one line for a request, a second for what decided that a backend was refused', () => {
  assert.equal(
    withoutClock(textLines.exchange(record)),
    'hh:mm:ss INFO  200 GET https://shop.test/ok?x=1 (HTTP/2, TLS 1.3)  shop/web#1  shop/orders:443 (10.0.0.7:443) as orders.internal, TLS 1.3  1024 B in 3.1 ms\n',
  );
  const [line, decision, ...rest] = withoutClock(textLines.exchange(refused)).split('\n');
  assert.equal(
    line,
    'hh:mm:ss WARN  503 GET https://shop.test/name (HTTP/2, TLS 1.3)  shop/web#1  shop/billing:443 (10.0.0.7:443)  ' +
      'TLS name-mismatch: certificate is for "orders.internal", wanted "billing.internal"  48 B in 3.1 ms',
  );
  assert.equal(decision?.trim(), 'decided by BackendTLSPolicy shop/orders  spec.validation  (policies.yaml:14:5)');
  assert.deepEqual(rest, ['']);
});

test('text: what clients and backends chose cannot break a line or steer a terminal', () => {
  const line = textLines.exchange({ ...record, target: '/\u001b[31m\r\nINFO fake' });
  assert.match(line, /\/\\x1b\[31m\\x0d\\x0aINFO fake/);
  assert.equal(line.split('\n').length, 2);
});

test('json: one object a line, with both sides of TLS and what decided', () => {
  const told = JSON.parse(jsonLines.exchange(refused));
  assert.equal(jsonLines.exchange(refused).split('\n').length, 2);
  assert.equal(told.status, 503);
  assert.equal(told.level, 'warn');
  assert.equal(told.time, '2026-11-21T18:04:11.250Z');
  assert.deepEqual(told.failure.decided_by, {
    object: 'BackendTLSPolicy shop/orders',
    field: 'spec.validation',
    position: 'policies.yaml:14:5',
  });
  assert.deepEqual(JSON.parse(jsonLines.exchange(record)).backend_tls, {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    server_name: 'orders.internal',
    resumed: false,
    verified: true,
  });
});

const broken: RefusedRequest = {
  time: Date.parse('2026-11-21T18:04:11.250Z'),
  protocol: 'HTTP/1.1',
  status: 431,
  client: {
    listener: '127.0.0.1:8443',
    remoteAddress: '192.0.2.7',
    remotePort: 5000,
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: 'shop.test\u001b' },
  },
  subject: 'request',
  class: 'client-protocol-error',
  reason: 'head-size',
  message: 'the head is too large',
};

test('text: a refused request says who, where, how secured and why', () => {
  assert.equal(
    withoutClock(textLines.refused(broken)),
    'hh:mm:ss INFO  431 from 192.0.2.7:5000 to 127.0.0.1:8443 as shop.test\\x1b, TLS 1.3  client-protocol-error: head-size: the head is too large\n',
  );
  const { client } = broken;
  const ended: RefusedRequest = { ...broken, status: 0, subject: 'connection', client: { ...client, tls: null } };
  assert.equal(
    withoutClock(textLines.refused(ended)),
    'hh:mm:ss INFO  HTTP/1.1 connection ended from 192.0.2.7:5000 to 127.0.0.1:8443  client-protocol-error: head-size: the head is too large\n',
  );
});

test('JSON: a refused request has the members of other requests, as far as they are known', () => {
  assert.deepEqual(JSON.parse(jsonLines.refused({ ...broken, status: 501 })), {
    time: '2026-11-21T18:04:11.250Z',
    level: 'warn',
    msg: 'request',
    status: 501,
    protocol: 'HTTP/1.1',
    client: '192.0.2.7:5000',
    listener: '127.0.0.1:8443',
    client_tls: broken.client.tls,
    failure: { class: 'client-protocol-error', reason: 'head-size', message: 'the head is too large' },
  });
});
