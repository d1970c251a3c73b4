import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';

/** Files that every proxy under test and the backend share. ECDSA P-256, as most gateways serve today. */
export interface BenchCertificates {
  readonly folder: string;
  readonly ca: string;
  readonly proxy: { readonly chain: string; readonly key: string };
  readonly backend: { readonly chain: string; readonly key: string };
}

export const proxyName = 'bench.test';
export const backendName = 'backend.test';

export async function makeCertificates(folder: string): Promise<BenchCertificates> {
  mkdirSync(folder, { recursive: true });
  const authority = await CertificateAuthority.create('Bench CA');
  const proxy = await authority.issue({ dns: [proxyName] });
  const backend = await authority.issue({ dns: [backendName] });
  const files = {
    'ca.pem': authority.certificate,
    'proxy.pem': proxy.chain,
    'proxy.key': proxy.key,
    'backend.pem': backend.chain,
    'backend.key': backend.key,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return { folder, ca: authority.certificate, proxy, backend };
}
