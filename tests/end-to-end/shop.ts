import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { edgeName } from './clients.ts';
import type { Lifetime } from './farside.ts';

/** Who issues the certificates of listeners and of backends that are right. */
export const authority = await CertificateAuthority.create('Demo CA');
export const edgeCertificate = await authority.issue({ dns: [edgeName] });

/** A temporary folder of YAML that a gateway serves while the test edits it. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'farside-end-to-end-'));

  constructor(lifetime: Lifetime, files: Readonly<Record<string, string>>) {
    lifetime.after(() => rmSync(this.path, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** As editors save: the file is replaced whole. */
  write(name: string, text: string): void {
    writeFileSync(`${this.file(name)}.new`, text);
    renameSync(`${this.file(name)}.new`, this.file(name));
  }

  remove(name: string): void {
    rmSync(this.file(name));
  }

  file(name: string): string {
    return join(this.path, name);
  }
}

const answerOk: RequestListener = (request, response) => response.end(`ok ${request.url}`);

/** A real HTTPS server on an ephemeral port of 127.0.0.1. */
export async function startHttpsBackend(
  lifetime: Lifetime,
  { chain, key }: IssuedCertificate,
  answer: RequestListener = answerOk,
  options: ServerOptions = {},
): Promise<number> {
  const server = createServer({ cert: chain, key, ...options }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lifetime.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
