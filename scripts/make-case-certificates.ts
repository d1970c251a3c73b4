import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CertificateAuthority, type CertificateRequest, type IssuedCertificate } from '../src/cli/demo/pki.ts';

/*
 * Makes the listener certificates that golden cases share (tests/cases/shared/secret-*.yaml). They are test material: run
 * this only to replace them, and `npm run goldens` after it, since fingerprints change.
 */

const folder = join(import.meta.dirname, '../tests/cases/shared');
const long = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2050-01-01T00:00:00Z') };
const authority = await CertificateAuthority.create('Cases CA', long);

const issue = (request: CertificateRequest): Promise<IssuedCertificate> => authority.issue({ ...long, ...request });

function write(file: string, namespace: string, name: string, data: Readonly<Record<string, string>>): void {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    stringData: data,
  };
  writeFileSync(join(folder, `${file}.yaml`), stringify(secret));
}

const entries = ({ chain, key }: IssuedCertificate) => ({ 'tls.crt': chain, 'tls.key': key });
const shop = await issue({ dns: ['shop.example.com'] });
write('secret-shop', 'shop', 'shop-cert', entries(shop));
write('secret-shop-in-certs', 'certs', 'shop-cert', entries(shop));
write('secret-admin', 'shop', 'admin-cert', entries(await issue({ dns: ['admin.example.org'] })));
write('secret-wildcard', 'shop', 'wildcard-cert', entries(await issue({ dns: ['*.example.com'], keyType: 'rsa' })));
write(
  'secret-expired',
  'shop',
  'expired-cert',
  entries(await issue({ dns: ['shop.example.com'], notAfter: new Date('2026-11-01T00:00:00Z') })),
);
write(
  'secret-soon',
  'shop',
  'soon-cert',
  entries(await issue({ dns: ['shop.example.com'], notAfter: new Date('2026-11-25T00:00:00Z') })),
);
write(
  'secret-for-clients',
  'shop',
  'client-cert',
  entries(await issue({ dns: ['shop.example.com'], usage: 'client' })),
);
const other = await issue({ dns: ['shop.example.com'] });
write('secret-mismatched', 'shop', 'mismatched-cert', { 'tls.crt': shop.chain, 'tls.key': other.key });
write('secret-malformed', 'shop', 'malformed-cert', { 'tls.crt': 'Hello', 'tls.key': 'World' });
