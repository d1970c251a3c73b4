import http from 'node:http';
import { CommandFailure } from './failure.ts';
import type { HostPort } from './flags.ts';

/** Bytes and milliseconds: an answer beyond them is no Farside's. */
const bounds = { answer: 256 * 1024 * 1024, wait: 30_000 };

/** Asks the admin API of a running gateway; fails with `CommandFailure` where it does not answer. */
export async function askAdmin(admin: HostPort, path: string): Promise<unknown> {
  const place = `${admin.host.includes(':') ? `[${admin.host}]` : admin.host}:${admin.port}`;
  const { status, body } = await get(admin, path).catch((cause: NodeJS.ErrnoException) => {
    const refused = cause.code === 'ECONNREFUSED';
    const reason = refused ? 'nothing listens there' : cause.message;
    throw new CommandFailure(
      `no gateway answers at ${place}: ${reason}\n  start one with "farside run PATH…", or name another with --admin HOST:PORT`,
      { cause },
    );
  });
  if (status !== 200) throw new CommandFailure(`${place} answers ${status} to ${path}: ${body.slice(0, 200)}`);
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new CommandFailure(`what listens at ${place} is not Farside's admin API: its answer is not JSON`, { cause });
  }
}

function get({ host, port }: HostPort, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host, port, path, agent: false, timeout: bounds.wait }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > bounds.answer) request.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${bounds.wait / 1_000} s`)));
    request.on('error', reject);
  });
}
