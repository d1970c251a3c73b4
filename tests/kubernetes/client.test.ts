import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiError } from '../../src/sources/kubernetes/api-error.ts';
import { ApiClient } from '../../src/sources/kubernetes/client.ts';

const cases: readonly (readonly [string, number | null])[] = [
  ['2', 2_000],
  // More than a timer can be set to: it would fire at once, over and over.
  ['99999999', 60_000],
  ['-5', 0],
  ['Fri, 31 Dec 2099 23:59:59 GMT', null],
];

for (const [header, expected] of cases) {
  test(`an API server that asks to wait "${header}" is given ${expected} ms`, async (context) => {
    const server = createServer((_, response) => {
      response.writeHead(429, { 'retry-after': header }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new ApiClient({
      server: new URL(`http://127.0.0.1:${port}`),
      namespace: 'default',
      credentials: async () => ({ tls: {}, token: null }),
    });
    context.after(() => {
      client.close();
      server.close();
    });
    await assert.rejects(client.json({ method: 'GET', path: '/' }), (cause) => {
      assert.ok(cause instanceof ApiError);
      assert.equal(cause.retryAfter, expected);
      return true;
    });
  });
}
