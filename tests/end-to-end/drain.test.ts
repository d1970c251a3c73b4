import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { freePort } from '../behaviour/harness.ts';
import { ask, Http2Client } from './clients.ts';
import { type RunningGateway, serve, until } from './farside.ts';
import { gateway, policy, route, secret, service, trust, yaml } from './objects.ts';
import { authority, edgeCertificate, Folder, startHttpsBackend } from './shop.ts';

const options = { timeout: 60_000 };
/** Milliseconds. Where nobody is impatient, what is in flight may take 30 s. */
const lessThanTheDrain = 25_000;

/** A gateway before a backend that answers `/orders/slow` only when it is told to. */
async function serveSlowly(t: TestContext) {
  const held: ServerResponse[] = [];
  const backend = await startHttpsBackend(
    t,
    await authority.issue({ dns: ['orders.internal'] }),
    (request, response) => {
      if (!request.url?.endsWith('slow')) response.end('quick');
      else {
        response.write('begun, ');
        held.push(response);
      }
    },
  );
  const [http, https] = [await freePort(), await freePort()];
  const folder = new Folder(t, {
    'edge.yaml': yaml(
      gateway('edge', { port: http }, { port: https, certificate: 'edge' }),
      secret('edge', edgeCertificate),
      trust(authority.certificate),
      route('orders'),
      policy('orders'),
      ...service('orders', backend),
    ),
  });
  const gatewayRun = await serve(t, [folder.path, '--workers', '2']);
  return { http: { port: http }, https: { port: https, ca: authority.certificate }, held, running: gatewayRun };
}

/** Resolves when nobody is let in any more. */
async function untilRefused(port: number): Promise<void> {
  await until(() =>
    ask({ port }, '/orders').then(
      () => false,
      () => true,
    ),
  );
}

describe('the end of a gateway', { concurrency: 3 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: what is in flight finishes, nothing new is let in, and the exit code is 0`, options, async (t) => {
      const { http, https, held, running } = await serveSlowly(t);
      const session = await Http2Client.connect(https);
      t.after(() => session.close());
      const slow = [ask(http, '/orders/slow'), ask(https, '/orders/slow'), session.ask('/orders/slow')];
      await until(async () => held.length === slow.length);
      running.process.signal(signal);
      await running.process.printed(new RegExp(`${signal}: taking no new requests`));
      await untilRefused(http.port);
      for (const response of held) response.end('finished');
      for (const { status, body } of await Promise.all(slow)) {
        assert.equal(status, 200);
        assert.equal(body, 'begun, finished');
      }
      const { code, signal: killedBy, stderr } = await running.process.ended;
      assert.deepEqual([code, killedBy, stderr], [0, null, '']);
      assert.equal(accessLines(running).length >= slow.length, true, 'the last requests are logged too');
    });
  }

  test('a second signal ends the process at once, with the code that shells know', options, async (t) => {
    const { http, held, running } = await serveSlowly(t);
    const slow = ask(http, '/orders/slow').catch((cause: Error) => cause);
    await until(async () => held.length === 1);
    running.process.signal('SIGTERM');
    await running.process.printed(/SIGTERM: /);
    running.process.signal('SIGTERM');
    const drained = new Promise<null>((resolve) => setTimeout(resolve, lessThanTheDrain, null).unref());
    // The output ends with the last worker, which shares it.
    const ended = await Promise.race([running.process.ended, drained]);
    assert.equal(ended?.code, 143);
    assert.ok((await slow) instanceof Error, 'the workers are gone too');
  });

  test('a control process that is killed leaves no worker behind', options, async (t) => {
    const { http, running } = await serveSlowly(t);
    assert.equal((await ask(http, '/orders')).status, 200);
    running.process.signal('SIGKILL');
    await untilRefused(http.port);
    assert.equal((await running.process.ended).signal, 'SIGKILL');
  });
});

const accessLines = ({ process }: RunningGateway): readonly string[] =>
  process.lines.filter((line) => line.includes(' 200 GET ') && line.includes('/orders/slow'));
