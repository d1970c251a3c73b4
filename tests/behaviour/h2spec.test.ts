import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { before, describe, it } from 'node:test';
import { assertH2spec, buildH2spec } from '../http2/h2spec.ts';
import { listen, RawClient } from '../proxy/gateway.ts';
import { edgeCertificate, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { buildModel } from './model.ts';

/** h2spec skips cases where there is not enough content to hold back. */
const answer: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => response.end('hello, world'));
};

/*
 * All cases of h2spec against a listener of the gateway, whose route leads to a backend: what holds for the engine alone
 * must hold with routing, pools and a backend of HTTP/1.1 behind it.
 */
describe('h2spec through the gateway', () => {
  let reason: string | null = null;
  before(async () => {
    reason = await buildH2spec();
  });

  it('passes whole on an HTTPS listener, to a backend with TLS', async (t) => {
    if (reason !== null) {
      t.skip(reason);
      return;
    }
    const httpsPort = await freePort();
    const server = createTlsServer({ cert: ordersCertificate.chain, key: ordersCertificate.key }, answer);
    const backends = { orders: { port: await listen(t, server) } };
    await startPlane(t, buildModel({ httpsPort, certificates: { '': edgeCertificate }, trust, backends }));
    await assertH2spec({ port: httpsPort, tls: true, path: '/orders' });
  });

  it('passes with prior knowledge on an HTTP listener, but for the case that forbids HTTP/1.1 there', async (t) => {
    if (reason !== null) {
      t.skip(reason);
      return;
    }
    const httpPort = await freePort();
    const backends = { orders: { port: await listen(t, createServer(answer)), plaintext: true } };
    await startPlane(t, buildModel({ httpPort, trust, backends }));
    // The port speaks HTTP/1.1 as well, and what is no preface is a request line of that: it gets its 400 (RFC 9112
    // section 3) before the connection is closed, where h2spec accepts no word of HTTP/1.1.
    const wrong = ['Sends invalid connection preface'];
    await assertH2spec({ port: httpPort, tls: false, path: '/orders', wrong });
    const client = new RawClient(t, httpPort);
    client.send('INVALID CONNECTION PREFACE\r\n\r\n');
    assert.match(await client.untilClosed(), /^HTTP\/1\.1 400 .*\r\n(?:.*\r\n)*connection: close\r\n/);
  });
});
