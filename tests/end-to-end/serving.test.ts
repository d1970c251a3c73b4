import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startBackends } from '../../src/cli/demo/backends.ts';
import { demoDocuments } from '../../src/cli/demo/documents.ts';
import { demoBackends, demoHost, issueDemoCertificates } from '../../src/cli/demo/scenario.ts';
import { freePort } from '../behaviour/harness.ts';
import { type Answer, ask, Http2Client, type Target } from './clients.ts';
import { FarsideProcess, farside, serve, until } from './farside.ts';
import { gateway, redirect, yaml } from './objects.ts';
import { Folder } from './shop.ts';

const options = { timeout: 60_000 };
const lifetime = { after };

const backends = demoBackends();
const certificates = await issueDemoCertificates(backends);
const { ports, close } = await startBackends(backends, certificates);
after(close);
const [httpPort, httpsPort] = [await freePort(), await freePort()];
const { 'gateway.yaml': gatewayText = '', ...others } = demoDocuments(backends, certificates, ports);
const folder = new Folder(lifetime, {
  ...others,
  'gateway.yaml': gatewayText
    .replace('port: 80\n', `port: ${httpPort}\n`)
    .replace('port: 443\n', `port: ${httpsPort}\n`),
});
const running = await serve(lifetime, [folder.path, '--log-format', 'json', '--workers', '2']);
const https: Target = { port: httpsPort, ca: certificates.authority.certificate, host: demoHost };
const http: Target = { port: httpPort, host: demoHost };

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly path?: string;
  readonly [member: string]: unknown;
}

const logged = (): readonly LogLine[] => running.process.lines.map((line) => JSON.parse(line) as LogLine);

/** Status and failure of each backend that the scenario has. */
const expected: Readonly<
  Record<string, readonly [status: number, reason?: string, wanted?: string, presented?: RegExp]>
> = {
  '/ok': [200],
  '/name': [503, 'name-mismatch', 'billing.internal', /^orders\.internal$/],
  '/unknown-ca': [503, 'unknown-ca', 'ConfigMap shop/ca', /Other CA/],
  '/expired': [503, 'expired', 'ConfigMap shop/ca', /^valid until \d{4}-\d\d-\d\d$/],
  '/mtls': [200],
  '/plain': [503, 'plain-http', 'TLS', /plain HTTP/],
};

for (const { path, service, kind } of backends) {
  const [status, reason, wanted, presented] = expected[path] ?? [0];
  test(
    `${path} (${kind}) answers ${status}${reason === undefined ? '' : `: ${reason}`}, over each protocol`,
    options,
    async (t) => {
      const session = await Http2Client.connect(https);
      t.after(() => session.close());
      const query = `${path}?${process.pid}`;
      const answers: readonly Answer[] = [await ask(https, query), await ask(http, query), await session.ask(query)];
      for (const answer of answers) {
        assert.equal(answer.status, status);
        if (status === 200) assert.equal(answer.body, `${service} answered GET ${query}\n`);
        else
          assert.doesNotMatch(
            answer.body,
            /internal|CA|certificate|127\.0\.0\.1/,
            'clients learn nothing of what is behind',
          );
      }
      const ofPath = () => logged().filter((line) => line.path === query);
      await until(async () => ofPath().length >= answers.length);
      for (const line of ofPath()) {
        assert.deepEqual(
          [line.status, line.backend, line.route],
          [status, `shop/${service}:443`, 'HTTPRoute shop/web'],
        );
        assert.equal(line.endpoint, `127.0.0.1:${ports.get(service)}`);
        if (reason === undefined) {
          assert.equal((line.backend_tls as Record<string, unknown>).verified, true);
          assert.equal((line.backend_tls as Record<string, unknown>).server_name, `${service}.internal`);
          continue;
        }
        const failure = line.failure as Record<string, unknown>;
        assert.deepEqual([failure.class, failure.reason, failure.wanted], ['tls-failed', reason, wanted]);
        assert.match(String(failure.presented), presented as RegExp);
        const decidedBy = failure.decided_by as Record<string, string>;
        assert.equal(decidedBy.object, `BackendTLSPolicy shop/${service}`);
        assert.match(decidedBy.position ?? '', /policies\.yaml:\d+:\d+$/);
      }
      assert.deepEqual(
        ofPath()
          .map(({ protocol }) => protocol)
          .sort(),
        ['HTTP/1.1', 'HTTP/1.1', 'HTTP/2'],
      );
    },
  );
}

test('with --log-format json every line is JSON with a level, a time and a message', options, async () => {
  const lines = logged();
  assert.ok(lines.some(({ msg }) => msg.startsWith('revision 1 is in force')));
  assert.ok(lines.some(({ msg }) => msg === 'request'));
  for (const line of lines) {
    assert.match(line.level, /^(debug|info|warn|error)$/);
    assert.notEqual(line.msg, '');
    assert.ok(!Number.isNaN(Date.parse(String(line.time))), JSON.stringify(line));
  }
});

test('the admin pages are JSON, and metrics for Prometheus', options, async () => {
  assert.deepEqual(await running.page('/healthz'), {
    status: 200,
    type: 'application/json',
    body: '{"healthy":true}\n',
  });
  assert.deepEqual(JSON.parse((await running.page('/readyz')).body), { ready: true, revision: 1 });

  const status = await running.json('/api/status');
  assert.deepEqual(status.open, [`127.0.0.1:${httpPort}`, `127.0.0.1:${httpsPort}`]);
  assert.deepEqual(status.findings, []);
  const kinds = (status.status as { kind: string }[]).map(({ kind }) => kind);
  assert.deepEqual([...new Set(kinds)], ['BackendTLSPolicy', 'Gateway', 'GatewayClass', 'HTTPRoute']);

  // What translate prints beforehand is what is in force.
  const { model } = await running.json('/api/model');
  const { stdout } = await farside('translate', folder.path, '-o', 'json');
  assert.deepEqual(model, (JSON.parse(stdout) as { model: unknown }).model);

  await ask(https, '/name');
  await until(async () => {
    const { body } = await running.page('/metrics');
    return /^farside_backend_tls_handshake_failures_total\{backend="shop\/billing:443",reason="name-mismatch"\} [1-9]/m.test(
      body,
    );
  });
  const metrics = await running.page('/metrics');
  assert.match(metrics.type, /^text\/plain; version=0\.0\.4/);
  assert.match(metrics.body, /^farside_workers 2$/m);
  assert.match(metrics.body, /^farside_listeners_open 2$/m);
  assert.match(metrics.body, /^farside_certificate_expiry_days\{type="certificate",.*demo-localhost.*\} 89$/m);
  assert.match(metrics.body, /^farside_certificate_expiry_days\{type="ca",.*shop\/ca.*\} 36\d\d$/m);
});

test('the admin server answers reads of this machine alone', options, async () => {
  const absent = await running.page('/api');
  assert.equal(absent.status, 404);
  assert.ok((JSON.parse(absent.body) as { pages: string[] }).pages.includes('/api/model'));
  assert.equal((await running.page('/healthz', { method: 'POST' })).status, 405);
  assert.equal((await running.page('/api/model', { headers: { host: 'attacker.example' } })).status, 403);
  assert.equal((await running.page('/api/model', { headers: { host: 'localhost' } })).status, 200);
});

test('farside status prints a table for each kind, or JSON', options, async () => {
  const admin = ['--admin', `127.0.0.1:${running.admin}`];
  const { code, stdout } = await farside('status', ...admin);
  assert.equal(code, 0);
  assert.match(stdout, /^revision 1, ready; open: /);
  for (const title of ['GatewayClasses', 'Gateways', 'HTTPRoutes', 'BackendTLSPolicies']) {
    assert.match(stdout, new RegExp(`^${title}\n {2}NAME +`, 'm'));
  }
  assert.match(stdout, /^ {2}infra\/edge +127\.0\.0\.1 +True +True +2\/2 +2$/m);
  const document = JSON.parse((await farside('status', ...admin, '-o', 'json')).stdout) as Record<string, unknown>;
  assert.equal(document.ready, true);
});

test('--log-level leaves out what is less important; requests are at info', options, async (t) => {
  const port = await freePort();
  const own = new Folder(t, { 'edge.yaml': yaml(gateway('edge', { port }), redirect('web', '/there')) });
  for (const level of ['warn', 'silent']) {
    const admin = await freePort();
    const flags = ['--log-level', level, '--admin', `127.0.0.1:${admin}`, '--workers', '1'];
    const quiet = new FarsideProcess(['run', own.path, ...flags]);
    t.after(() => quiet.signal('SIGKILL'));
    await until(() =>
      ask({ port }, '/').then(
        ({ status }) => status === 302,
        () => false,
      ),
    );
    quiet.signal('SIGTERM');
    assert.deepEqual(await quiet.ended, { code: 0, signal: null, stdout: '', stderr: '' });
  }
  const debug = await serve(t, [own.path, '--log-level', 'debug', '--log-format', 'text']);
  await debug.process.printed(/^\d\d:\d\d:\d\d DEBUG worker \d+ started {2}pid=\d+$/m);
  await ask({ port }, '/');
  await debug.process.printed(/^\d\d:\d\d:\d\d INFO {2}302 GET http:\/\/edge\.test\/ /m);
});
