import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readDialectOptions } from '../../src/cli/dialect-options.ts';
import { CommandFailure } from '../../src/cli/failure.ts';
import { UsageError } from '../../src/cli/flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'farside-contour-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'contour.yaml');

function read(text: string) {
  writeFileSync(path, text);
  return readDialectOptions({ contourConfig: path }).contour?.configuration;
}

/** What a person is told, without the folder. */
function failure(text: string): string {
  try {
    read(text);
  } catch (cause) {
    assert.ok(cause instanceof CommandFailure, String(cause));
    return cause.message.replaceAll(`${folder}/`, '');
  }
  return assert.fail('it was taken');
}

test('a configuration is read as the object that says the same, each value with its place', () => {
  const resource = read(
    [
      'incluster: true',
      'tls:',
      '  fallback-certificate:',
      '  envoy-client-certificate: { name: client, namespace: projectcontour }',
      'cluster:',
      '  upstream-tls:',
      '    minimum-protocol-version: 1.3',
      'policy: { request-headers: { set: { x-a: 1 } } }',
    ].join('\n'),
  );
  assert.deepEqual(
    { ...resource?.object },
    {
      apiVersion: '',
      kind: 'ContourConfigurationFile',
      metadata: { name: 'contour.yaml' },
      spec: {
        envoy: {
          clientCertificate: { name: 'client', namespace: 'projectcontour' },
          cluster: { upstreamTLS: { minimumProtocolVersion: '1.3' } },
        },
        policy: { requestHeaders: { set: { 'x-a': '1' } } },
      },
    },
  );
  const at = 'cluster.upstream-tls.minimum-protocol-version';
  assert.deepEqual(resource?.provenance.position(at), { line: 7, column: 31 });
});

test('an empty file says nothing, as with the peer', () => {
  for (const text of ['', '# nothing', '---\n', '{}'])
    assert.deepEqual(read(text)?.object, {
      apiVersion: '',
      kind: 'ContourConfigurationFile',
      metadata: { name: 'contour.yaml' },
      spec: {},
    });
});

test('every wrong key is told, with its place and what to do', () => {
  assert.equal(
    failure('tls:\n  ciphersuites: []\ndisablepermitinsecure: true\nnonsense: 1\n'),
    [
      'contour.yaml is no configuration of Contour',
      '  contour.yaml:2:3: tls.ciphersuites: Contour has no such key',
      '    write tls.cipher-suites, if that is meant',
      '  contour.yaml:3:24: disablepermitinsecure: Contour has no such key',
      '    write disablePermitInsecure, if that is meant',
      '  contour.yaml:4:11: nonsense: Contour has no such key',
      '    remove it',
    ].join('\n'),
  );
});

test('so is every value that cannot be', () => {
  const table = [
    ['tls: true', 'tls: this must be a map of keys'],
    ['disablePermitInsecure: maybe', 'disablePermitInsecure: this must be true or false'],
    ['tls: { cipher-suites: AES }', 'tls.cipher-suites: this must be a list of texts'],
    ['cluster: { upstream-tls: { maximum-protocol-version: "1.1" } }', 'invalid TLS maximum protocol version: "1.1"'],
    ['tls: { cipher-suites: [RC4, AES128-SHA] }', 'tls.cipher-suites: invalid cipher suites ["RC4"]'],
    ['cluster: { upstream-tls: { ecdh-curves: [P-1] } }', 'invalid ECDH curves ["P-1"]'],
    ['tls: { envoy-client-certificate: { name: a } }', 'tls.envoy-client-certificate: namespace must be defined'],
    ['timeouts: { connect-timeout: 2 }', 'timeouts.connect-timeout: time: missing unit in duration "2"'],
    ['timeouts: { connect-timeout: infinity }', 'timeouts.connect-timeout: time: invalid duration "infinity"'],
    ['default-http-versions: [HTTP/3]', 'default-http-versions: invalid HTTP versions ["HTTP/3"]'],
    ['policy: { response-headers: { remove: ["a b"] } }', 'invalid header name "a b"'],
    ['- a', 'this is no map of keys'],
    ['tls: {}\ntls: {}', 'tls is there twice'],
    ['a: b: c', 'contour.yaml:1:'],
    ['tls: {}\n---\ntls: {}', 'holds several documents'],
  ] as const;
  for (const [text, message] of table) assert.ok(failure(text).includes(message), `${message} in ${failure(text)}`);
});

test('a file that is not there is wrong usage', () => {
  const missing = join(folder, 'missing.yaml');
  assert.throws(() => readDialectOptions({ contourConfig: missing }), UsageError);
});

test('compatibility is off unless it is asked for', () => {
  assert.equal(readDialectOptions({}).contour?.compatible, false);
  assert.equal(readDialectOptions({ compat: ['contour'] }).contour?.compatible, true);
});
