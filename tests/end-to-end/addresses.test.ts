import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { freePort } from '../behaviour/harness.ts';
import { ask } from './clients.ts';
import { FarsideProcess, farside, serve, until } from './farside.ts';
import { gateway, redirect, yaml } from './objects.ts';
import { Folder } from './shop.ts';

const options = { timeout: 60_000 };
/** Away from what else a machine may use: what is opened is 127.83.x.y. */
const range = '127.83.0.0/24';

describe('addresses and ports', { concurrency: 3 }, () => {
  test(
    'each Gateway gets an address of its own from a CIDR and keeps it; one port serves on both',
    options,
    async (t) => {
      const port = await freePort();
      const folder = new Folder(t, {
        'blue.yaml': yaml(gateway('blue', { port }), redirect('blue', '/blue', 'blue')),
        'green.yaml': yaml(gateway('green', { port }), redirect('green', '/green', 'green')),
      });
      const running = await serve(t, [folder.path, '--address', range]);
      const place = async (address: string) => (await ask({ port, address }, '/')).headers.location ?? '';
      assert.match(await place('127.83.0.1'), /\/blue$/);
      assert.match(await place('127.83.0.2'), /\/green$/);
      await assert.rejects(ask({ port }, '/'), /ECONNREFUSED/, '127.0.0.1 is not in the range');

      const { stdout } = await farside('status', '--admin', `127.0.0.1:${running.admin}`);
      assert.match(stdout, /shop\/blue +127\.83\.0\.1 /);
      assert.match(stdout, /shop\/green +127\.83\.0\.2 /);

      await running.revisionAfter(() => folder.remove('blue.yaml'));
      assert.match(await place('127.83.0.2'), /\/green$/);
      await assert.rejects(place('127.83.0.1'), /ECONNREFUSED/);
      await running.revisionAfter(() =>
        folder.write('amber.yaml', yaml(gateway('amber', { port }), redirect('amber', '/amber', 'amber'))),
      );
      assert.match(await place('127.83.0.1'), /\/amber$/);
    },
  );

  test('--port-offset moves every listener; redirects name the port that clients reach', options, async (t) => {
    const opened = await freePort();
    const declared = 443;
    const folder = new Folder(t, {
      'edge.yaml': yaml(gateway('edge', { port: declared }), redirect('web', '/there')),
    });
    await serve(t, [folder.path, '--port-offset', String(opened - declared)]);
    const { status, headers } = await ask({ port: opened }, '/');
    assert.equal(status, 302);
    assert.equal(headers.location, `http://edge.test:${opened}/there`);
  });

  test('a port that is taken is told with the flag that helps; it is opened when it is free', options, async (t) => {
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    t.after(() => blocker.close());
    const [free, taken] = [await freePort(), (blocker.address() as AddressInfo).port];
    const folder = new Folder(t, {
      'edge.yaml': yaml(gateway('edge', { port: free }, { port: taken }), redirect('web', '/there')),
    });
    const running = await serve(t, [folder.path], { ready: false });
    await running.process.printed(new RegExp(`ERROR .*port ${taken} of 127\\.0\\.0\\.1 is in use.*--port-offset`));
    assert.equal((await running.page('/readyz')).status, 503);
    assert.equal((await running.json('/readyz')).cause, `not open: 127.0.0.1:${taken}`);
    assert.equal((await ask({ port: free }, '/')).status, 302, 'the listener beside it serves');
    const { stdout } = await farside('status', '--admin', `127.0.0.1:${running.admin}`);
    assert.match(stdout, /not ready: not open: /);
    assert.match(stdout, /error\[PortUnavailable\][\s\S]*--port-offset/);
    blocker.close();
    await until(async () => (await running.page('/readyz')).status === 200);
    assert.equal((await ask({ port: taken }, '/')).status, 302);
  });

  test('a second gateway on the same port says so, and takes over when the first is gone', options, async (t) => {
    const port = await freePort();
    const serveOn = (to: string) => {
      const folder = new Folder(t, { 'edge.yaml': yaml(gateway('edge', { port }), redirect('web', to)) });
      return [folder.path, '--workers', '2'];
    };
    const first = await serve(t, serveOn('/first'));
    const second = await serve(t, serveOn('/second'), { ready: false });
    await second.process.printed(/ERROR .*is in use by another process.*another farside\?/);
    for (let round = 0; round < 8; round += 1) {
      assert.match((await ask({ port }, '/')).headers.location ?? '', /\/first$/, 'the ports are not shared');
    }
    first.process.signal('SIGTERM');
    await first.process.ended;
    await until(async () => (await second.page('/readyz')).status === 200);
    assert.match((await ask({ port }, '/')).headers.location ?? '', /\/second$/);
  });

  test('a port that this user may not open is told with the flag that helps', options, async (t) => {
    const port = 79;
    const through = withoutLowPorts(port);
    if (typeof through === 'string') return t.skip(through);
    const folder = new Folder(t, { 'edge.yaml': yaml(gateway('edge', { port }), redirect('web', '/there')) });
    const running = await serve(t, [folder.path], { ready: false, through });
    await running.process.printed(new RegExp(`ERROR .*this user may not open port ${port} .*--port-offset`));
    assert.equal((await running.page('/readyz')).status, 503);
  });

  test('an admin address that is taken ends the start with what to do', options, async (t) => {
    const blocker = createServer();
    blocker.listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    t.after(() => blocker.close());
    const { port } = blocker.address() as AddressInfo;
    const folder = new Folder(t, { 'edge.yaml': yaml(gateway('edge', { port: await freePort() })) });
    const child = new FarsideProcess(['run', folder.path, '--admin', `127.0.0.1:${port}`, '--workers', '1']);
    const { code, stderr } = await child.ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`^farside: .*127\\.0\\.0\\.1:${port}: another process has the port; --admin chooses another\n$`),
    );
  });
});

/** A command that starts another one without the right to open low ports, or why there is none. */
function withoutLowPorts(port: number): readonly string[] | string {
  const setting = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
  if (!existsSync(setting)) return 'this system has no ports that are reserved, or does not tell';
  if (Number(readFileSync(setting, 'utf8')) <= port) return `every user of this machine may open port ${port}`;
  if (process.getuid?.() !== 0) return [];
  const command = ['setpriv', '--bounding-set', '-net_bind_service'] as const;
  const { status } = spawnSync(command[0], [...command.slice(1), 'true']);
  return status === 0
    ? command
    : 'root may open every port, and setpriv (util-linux) is not here to take the right away';
}
