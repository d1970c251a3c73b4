import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Secret } from '../../src/resources/core.ts';
import type { Resource } from '../../src/resources/object.ts';
import { readTrustBundle } from '../../src/resources/pem/bundle.ts';
import { readTlsSecret } from '../../src/resources/pem/tls-secret.ts';

/*
 * Whatever happens to a PEM on its way, reading it gives an answer, tells what is lost, and repeats nothing of it.
 */

let authorities: readonly CertificateAuthority[];
let chain: string;
let key: string;

before(async () => {
  authorities = await Promise.all(['One', 'Two', 'Three'].map((name) => CertificateAuthority.create(name)));
  const [one] = authorities as [CertificateAuthority];
  ({ chain, key } = await one.issue({ dns: ['orders.internal'] }));
});

/** Cuts out a piece and puts another text in its place. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 200 }),
  text: fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('', '\n', '-----', '-----BEGIN CERTIFICATE-----\n', '\0'),
  ),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, damages: readonly Damage[]): string {
  return damages.reduce((damaged, { at, length, text: inserted }) => {
    const start = Math.floor(at * damaged.length);
    return damaged.slice(0, start) + inserted + damaged.slice(start + length);
  }, text);
}

/** Whether a run of the content, long enough to be no coincidence, shows up. */
function leaks(shown: unknown, pem: string): boolean {
  const text = JSON.stringify(shown);
  const body = pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  return body.some((line) => text.includes(line.slice(0, 16)) || text.includes(line.slice(-16)));
}

test('a damaged bundle: no certificate is lost without a word', () => {
  fc.assert(
    fc.property(damage, (one) => {
      const whole = authorities.map(({ certificate }) => certificate).join('');
      const { authorities: read, faults, pem } = readTrustBundle(apply(whole, [one]));
      assert.equal(pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0, read.length);
      if (read.length < authorities.length) assert.ok(faults.length > 0);
      assert.ok(!leaks(faults, whole));
    }),
    { numRuns: 1000 },
  );
});

test('a damaged bundle never trusts what the whole one does not name', () => {
  const names = new Set(['CN=One', 'CN=Two', 'CN=Three']);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (from, to) => {
      const whole = authorities.map(({ certificate }) => certificate).join('');
      const piece = whole.slice(from, whole.length - to);
      for (const { subject } of readTrustBundle(piece).authorities) assert.ok(names.has(subject), subject);
    }),
    { numRuns: 100 },
  );
});

test('a damaged Secret is refused with a reason that holds nothing of the key, or is whole', () => {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  fc.assert(
    fc.property(fc.boolean(), fc.array(damage, { minLength: 1, maxLength: 2 }), (ofKey, damages) => {
      const damagedKey = ofKey ? apply(key, damages) : key;
      const damagedChain = ofKey ? chain : apply(chain, damages);
      const secret: Resource<Secret> = {
        reference: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'orders' },
        object: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'orders' },
          type: 'kubernetes.io/tls',
          data: { 'tls.crt': data(damagedChain), 'tls.key': data(damagedKey) },
        },
        provenance: { file: null, position: () => null },
      };
      const reading = readTlsSecret(secret);
      if (reading.type === 'pair') assert.match(reading.pair.privateKey, /BEGIN PRIVATE KEY/);
      else assert.ok(!leaks(reading, key) && !leaks(reading, damagedKey));
    }),
    { numRuns: 300 },
  );
});
