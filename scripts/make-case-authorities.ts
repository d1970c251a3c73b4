import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CertificateAuthority, type CertificateRequest } from '../src/cli/demo/pki.ts';

/*
 * Makes the CAs and client certificates that golden cases of backend TLS share (tests/cases/shared/ca-*.yaml and
 * client-*.yaml). They are test material: run this only to replace them, and `npm run goldens` after it, since
 * fingerprints change.
 */

const folder = join(import.meta.dirname, '../tests/cases/shared');
const long = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2050-01-01T00:00:00Z') };
/** Cases are translated as of 2026-11-20. */
const until = (notAfter: string) => ({ ...long, notAfter: new Date(notAfter) });

const shop = await CertificateAuthority.create('Shop CA', long);
const other = await CertificateAuthority.create('Other CA', long);
const expired = await CertificateAuthority.create('Old CA', until('2026-11-01T00:00:00Z'));
const soon = await CertificateAuthority.create('Ending CA', until('2026-11-30T00:00:00Z'));
/** Base64 all right, and no certificate. */
const damaged = other.certificate.replace('\nM', '\nA');
const backend = await shop.issue({ ...long, dns: ['orders.internal'] });

function write(file: string, object: object): void {
  writeFileSync(join(folder, `${file}.yaml`), stringify(object, { lineWidth: 0 }));
}

function configMap(file: string, name: string, data: Readonly<Record<string, string>>, namespace = 'shop'): void {
  write(file, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
}

async function client(file: string, namespace: string, request: CertificateRequest): Promise<void> {
  const { chain, key } = await shop.issue({ ...long, commonName: 'edge', usage: 'client', ...request });
  const stringData = { 'tls.crt': chain, 'tls.key': key };
  write(file, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'client-cert', namespace },
    type: 'kubernetes.io/tls',
    stringData,
  });
}

configMap('ca', 'ca', { 'ca.crt': shop.certificate });
configMap('ca-in-other-namespace', 'ca', { 'ca.crt': shop.certificate }, 'certs');
configMap('ca-wrong-key', 'ca', { 'ca-bundle.pem': shop.certificate, 'ca.pem': shop.certificate });
configMap('ca-empty', 'ca', { 'ca.crt': '' });
configMap('ca-damaged', 'ca', { 'ca.crt': damaged });
configMap('ca-one-damaged', 'ca', { 'ca.crt': shop.certificate + damaged });
configMap('ca-with-key', 'ca', { 'ca.crt': shop.certificate + backend.key });
configMap('ca-leaf', 'ca', { 'ca.crt': backend.chain });
configMap('ca-expired', 'ca', { 'ca.crt': expired.certificate + shop.certificate });
configMap('ca-soon', 'ca', { 'ca.crt': soon.certificate });
write('ca-secret', {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'other-ca', namespace: 'shop' },
  type: 'Opaque',
  stringData: { 'ca.crt': other.certificate },
});
write('ca-bundle', {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'ClusterTrustBundle',
  metadata: { name: 'example.com:shop:v1' },
  spec: { signerName: 'example.com/shop', trustBundle: shop.certificate },
});
await client('client', 'shop', {});
await client('client-in-certs', 'certs', {});
await client('client-expired', 'shop', { notAfter: new Date('2026-11-01T00:00:00Z') });
await client('client-for-servers', 'shop', { usage: 'server' });
