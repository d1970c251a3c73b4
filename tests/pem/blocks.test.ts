import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPem } from '../../src/resources/pem/blocks.ts';

const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

test('text around blocks is skipped, and Windows line ends and indentation are fine', () => {
  const text = `# Root of the shop\r\n  ${block('CERTIFICATE', '  QUJD').replaceAll('\n', '\r\n')}end of file`;
  const { blocks, unpaired } = readPem(text);
  assert.deepEqual(blocks, [{ label: 'CERTIFICATE', der: Buffer.from('ABC'), hasHeaders: false, encrypted: false }]);
  assert.equal(unpaired, null);
});

test('a block without its end is told, and the blocks after it are read', () => {
  const { blocks, unpaired } = readPem(`-----BEGIN CERTIFICATE-----\nQUJD\n${block('X509 CRL', 'QUJD')}`);
  assert.deepEqual(unpaired, { label: 'CERTIFICATE', missing: 'END' });
  assert.deepEqual(
    blocks.map(({ label }) => label),
    ['X509 CRL'],
  );
});

test('a block without its beginning is told', () => {
  const { blocks, unpaired } = readPem(`QUJD\n-----END CERTIFICATE-----\n${block('CERTIFICATE', 'QUJD')}`);
  assert.deepEqual([blocks.length, unpaired], [1, { label: 'CERTIFICATE', missing: 'BEGIN' }]);
});

test('a block that ends with another label is not a block', () => {
  const { blocks, unpaired } = readPem('-----BEGIN CERTIFICATE-----\nQUJD\n-----END PRIVATE KEY-----\n');
  assert.deepEqual([blocks.length, unpaired], [0, { label: 'CERTIFICATE', missing: 'END' }]);
});

for (const body of ['QUJ', 'Q*JD', '=QUJ', 'QU=D', '']) {
  test(`"${body}" is not base64`, () => {
    assert.equal(readPem(block('CERTIFICATE', body)).blocks[0]?.der, null);
  });
}

test('headers of old OpenSSL keys are read and left out of the content', () => {
  const body = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nQUJD';
  assert.deepEqual(readPem(block('RSA PRIVATE KEY', body)).blocks, [
    { label: 'RSA PRIVATE KEY', der: Buffer.from('ABC'), hasHeaders: true, encrypted: true },
  ]);
});

test('what is written as PEM is read back, whatever stands around it', () => {
  const noise = fc.string({ maxLength: 40 }).filter((text) => !text.includes('-----'));
  const contents = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 });
  fc.assert(
    fc.property(contents, noise, (values, between) => {
      const text = values
        .map((value) => block('CERTIFICATE', Buffer.from(value).toString('base64').replaceAll(/.{64}/g, '$&\n')))
        .join(`${between}\n`);
      const { blocks, unpaired } = readPem(text);
      assert.deepEqual(
        blocks.map(({ der }) => der),
        values.map((value) => Buffer.from(value)),
      );
      assert.equal(unpaired, null);
    }),
  );
});

test('any text at all is read without an error', () => {
  const lines = fc.constantFrom(
    '-----BEGIN A-----',
    '-----END A-----',
    '-----BEGIN B-----',
    '-----END B-----',
    'QUJD',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(lines, fc.string()), { maxLength: 30 }), (text) => {
      const { blocks } = readPem(text.join('\n'));
      assert.ok(blocks.length <= text.length);
    }),
  );
});

test('a megabyte of boundaries costs a megabyte of reading', () => {
  const { blocks, unpaired } = readPem('-----BEGIN CERTIFICATE-----\n'.repeat(37_000));
  assert.deepEqual([blocks.length, unpaired], [0, { label: 'CERTIFICATE', missing: 'END' }]);
});
