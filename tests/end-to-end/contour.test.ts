import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { type Answer, ask } from './clients.ts';
import { asked, type Described, mirrored } from './contour/backends.ts';
import { files } from './contour/files.ts';
import { farside, serve, until } from './farside.ts';
import { freeOffset } from './ports.ts';
import { authority, Folder } from './shop.ts';

/*
 * HTTPProxies in a folder, with real backends: what people of Contour bring works, and what cannot be done as asked is
 * refused rather than done in another way.
 */

const options = { timeout: 60_000 };
const lifetime = { after };

const client = await authority.issue({ dns: ['client.test'], usage: 'client' });

const folder = new Folder(lifetime, files);
const offset = await freeOffset();
const running = await serve(lifetime, [folder.path, '--port-offset', String(offset), '--log-format', 'json']);
const [httpPort, httpsPort] = [80 + offset, 443 + offset];

const http = (host: string, path: string): Promise<Answer> => ask({ port: httpPort, host }, path);
const https = (host: string, path: string): Promise<Answer> =>
  ask({ port: httpsPort, host, ca: authority.certificate }, path);
const described = ({ status, body }: Answer): Described => {
  assert.equal(status, 200, body);
  return JSON.parse(body) as Described;
};

test('backends are spoken to over TLS as the service, or the annotation, says, and verified', options, async () => {
  for (const path of ['/verified', '/annotated', '/modern', '/delegated', '/unverified']) {
    const { secure, url } = described(await http('www.test', path));
    assert.deepEqual([secure, url], [true, path]);
  }
  assert.equal(described(await http('www.test', '/modern')).headers[':scheme'], 'https', 'over HTTP/2');
  assert.equal(described(await http('www.test', '/plain')).secure, false);
});

test(
  'who does not prove to be the backend gets nothing, and what is to be verified is never sent plain',
  options,
  async () => {
    const before = asked.plain;
    for (const path of ['/strangers', '/name', '/never-plain', '/wrong-plain']) {
      assert.equal((await http('www.test', path)).status, 503, path);
    }
    assert.equal(asked.plain, before);
  },
);

test('a CA that is not delegated makes the proxy invalid, and its host is closed', options, async () => {
  assert.equal((await http('broken.test', '/')).status, 503);
});

test('without TLS clients are sent to it, unless the route permits them', options, async () => {
  const answer = await http('redirects.test', '/a?b');
  assert.deepEqual([answer.status, answer.headers.location], [301, `https://redirects.test:${httpsPort}/a?b`]);
  assert.equal(described(await http('redirects.test', '/open')).url, '/open');
  assert.equal(described(await https('redirects.test', '/a')).url, '/a');
  const away = await https('redirects.test', '/away/a');
  assert.deepEqual([away.status, away.headers.location], [302, `https://www.example.com:${httpsPort}/there/a`]);
  const teapot = await https('redirects.test', '/teapot');
  assert.deepEqual([teapot.status, teapot.body], [418, 'short and stout']);
});

test('headers are set and removed, the Host is the server name too, prefixes are replaced', options, async () => {
  const answer = await http('headers.test', '/host');
  const { headers, serverName } = described(answer);
  assert.deepEqual([headers.host, headers['x-team'], serverName], ['orders.internal', 'shop', 'orders.internal']);
  assert.equal(answer.headers['x-served'], 'indeed');
  const table = [
    ['/api', '/v1'],
    ['/api/', '/v1/'],
    ['/api/a?b', '/v1/a?b'],
    ['/apis', '/v1s'],
  ] as const;
  for (const [from, to] of table) assert.equal(described(await http('headers.test', from)).url, to);
  assert.equal((await http('headers.test', '/which')).body, 'another');
});

test(
  'what is included is served under its conditions; what is missing or invalid falls to nobody else',
  options,
  async () => {
    assert.equal(described(await http('includes.test', '/team/orders')).secure, true);
    assert.equal(described(await http('includes.test', '/team')).secure, false, 'no route of the team');
    assert.equal((await http('includes.test', '/nobody/a')).status, 502);
    assert.equal((await http('includes.test', '/invalid/a')).status, 503);
  },
);

test('a wildcard stands for one label', options, async () => {
  assert.equal(described(await https('fine.wild.test', '/')).url, '/');
  assert.equal((await http('a.b.wild.test', '/')).status, 404);
});

/** What comes back over a connection with TLS that sends `ping` and ends. */
async function echoed(host: string): Promise<string> {
  const socket = connect({
    port: httpsPort,
    servername: host,
    ca: authority.certificate,
    checkServerIdentity: () => undefined,
  });
  socket.end('ping');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('a tcpproxy carries what is inside of TLS, and passed through TLS as it is', options, async () => {
  assert.equal(await echoed('tcp.test'), 'plain ping');
  assert.equal(await echoed('secure.test'), 'tls ping');
});

test('clients must have a certificate where the host asks for one', options, async () => {
  await assert.rejects(https('mutual.test', '/'));
  const socket = connect({
    ...{ port: httpsPort, servername: 'mutual.test', ca: authority.certificate },
    ...{ cert: client.chain, key: client.key, ALPNProtocols: ['http/1.1'] },
  });
  socket.write('GET / HTTP/1.1\r\nhost: mutual.test\r\nconnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 200 /);
});

test('clients without a server name get the fallback certificate, for the hosts that allow it', options, async () => {
  const answers = async (host: string): Promise<readonly [name: string | undefined, head: string]> => {
    const socket = connect({
      ...{ port: httpsPort, host: '127.0.0.1', ca: authority.certificate },
      checkServerIdentity: () => undefined,
    });
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    const names = await new Promise<string | undefined>((resolve) =>
      socket.once('secureConnect', () => resolve(socket.getPeerCertificate().subjectaltname)),
    );
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return [names, text.slice(0, 12)];
  };
  assert.deepEqual(await answers('nameless.test'), ['DNS:fallback.test', 'HTTP/1.1 200']);
  assert.deepEqual(await answers('redirects.test'), ['DNS:fallback.test', 'HTTP/1.1 404']);
});

test('a cookie keeps a client at one endpoint', options, async () => {
  const first = await http('balancing.test', '/affinity');
  const [cookie = ''] = first.headers['set-cookie'] ?? [];
  assert.match(cookie, /^X-Contour-Session-Affinity=[^;]+;.*Path=\//i);
  const bodies = await Promise.all(
    Array.from({ length: 6 }, () =>
      ask({ port: httpPort, host: 'balancing.test', headers: { cookie: cookie.split(';')[0] ?? '' } }, '/affinity'),
    ),
  );
  assert.deepEqual([...new Set(bodies.map(({ body }) => body))], [first.body]);
});

test('health checks go over the TLS of the traffic, and who is not well gets no requests', options, async () => {
  await until(() => Promise.resolve(asked.unwell > 0));
  // The check that was answered is known to the workers a moment later.
  await until(async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => http('balancing.test', '/checked')));
    return answers.every(({ body }) => body === 'well');
  });
});

test('requests are copied to a mirror that is verified like any backend', options, async () => {
  assert.equal(described(await http('balancing.test', '/copied/a')).secure, false);
  await until(() => Promise.resolve(mirrored.includes('/copied/a')));
});

test('a proxy that is not served tells nobody on HTTPS either', options, async () => {
  const socket = connectTcp(httpsPort, '127.0.0.1');
  socket.destroy();
  await assert.rejects(https('broken.test', '/'));
});

interface ProxyStatus {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly currentStatus: string;
    readonly description: string;
    readonly conditions: readonly {
      readonly errors?: readonly { readonly reason: string; readonly message: string }[];
      readonly warnings?: readonly { readonly reason: string; readonly message: string }[];
    }[];
  };
}

test('the status says what is valid, what is not and why', options, async () => {
  const all = (await running.json('/api/status')).status as readonly ProxyStatus[];
  const statusOf = (name: string): ProxyStatus['status'] =>
    (all.find((each) => each.kind === 'HTTPProxy' && each.metadata.name === name) ?? assert.fail(name)).status;
  assert.equal(statusOf('www').currentStatus, 'valid');
  assert.equal(statusOf('www').description, 'Valid HTTPProxy');
  const warnings = (statusOf('www').conditions[0]?.warnings ?? []).map(({ reason }) => reason);
  assert.deepEqual([...new Set(warnings)].sort(), ['Unverified', 'ValidationWithoutTLS']);
  assert.equal(statusOf('orphan').currentStatus, 'orphaned');
  const broken = statusOf('not-delegated');
  assert.equal(broken.currentStatus, 'invalid');
  assert.equal(broken.description, 'At least one error present, see Errors for details');
  assert.equal(
    broken.conditions[0]?.errors?.[0]?.message,
    'service.UpstreamValidation.CACertificate Secret "certs/kept-ca" is not configured for certificate delegation',
  );
});

test('the command line tells of proxies in a table of their own', options, async () => {
  const { stdout } = await farside('status', '--admin', `127.0.0.1:${running.admin}`);
  assert.match(stdout, /^HTTPProxies\n {2}NAME +STATUS/m);
  assert.match(stdout, /shop\/orphan +orphaned +Orphaned: this HTTPProxy is not part of a delegation chain/);
  assert.match(stdout, /shop\/www +valid +Unverified: .* \(and \d more\)/);
});
