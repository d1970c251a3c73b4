import { before, describe, it } from 'node:test';
import { answerHello } from './acceptors.ts';
import { assertH2spec, buildH2spec } from './h2spec.ts';
import { startServer } from './server.ts';

describe('h2spec', () => {
  let reason: string | null = null;
  before(async () => {
    reason = await buildH2spec();
  });

  for (const tls of [false, true]) {
    it(`passes whole over ${tls ? 'TLS' : 'cleartext'}`, async (test) => {
      if (reason !== null) {
        test.skip(reason);
        return;
      }
      const server = await startServer(answerHello, { tls });
      try {
        await assertH2spec({ port: server.port, tls });
      } finally {
        await server.close();
      }
    });
  }
});
