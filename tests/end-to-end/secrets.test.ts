import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { freePort } from '../behaviour/harness.ts';
import { farside, serve, until } from './farside.ts';
import { gateway, redirect, secret, trust, yaml } from './objects.ts';
import { authority, edgeCertificate, Folder } from './shop.ts';

const options = { timeout: 60_000 };
const pages = ['/healthz', '/readyz', '/metrics', '/api/status', '/api/backends', '/api/model'];

const spellings = ({ key }: IssuedCertificate): readonly [body: string, encoded: string] => [
  key.replace(/-----[^-]+-----|\s/g, ''),
  Buffer.from(key).toString('base64'),
];
/** The base64 of the key itself, without line ends and boundaries, and the whole file in base64. */
const [body, encoded] = spellings(edgeCertificate);
/** Keys of one kind begin alike; what another one has too gives nothing away. */
const ofAnother = spellings(await authority.issue({ dns: ['another.test'] })).join(' ');
/** As long a piece as a person could not have written by chance. */
const piece = 16;
const pieces = [body, encoded]
  .flatMap((text) => Array.from({ length: text.length - piece + 1 }, (_, at) => text.slice(at, at + piece)))
  .filter((each) => !ofAnother.includes(each));

/** Pieces of the key, as PEM or encoded once more, that a text holds. */
function keyIn(text: string): readonly string[] {
  const joined = text.replace(/\\n|\s|│|·/g, '');
  return pieces.filter((each) => joined.includes(each));
}

const right = yaml(secret('edge', edgeCertificate));
const keyLine = edgeCertificate.key.split('\n')[1] ?? '';

/** Ways in which people break the file that holds a key. */
const damages: Readonly<Record<string, string>> = {
  'nothing is wrong': right,
  'the key is indented too little': right.replace(`    ${keyLine}`, `  ${keyLine}`),
  'the key is not indented': right.replace(`    ${keyLine}`, keyLine),
  'the key is indented with a tab': right.replace(`    ${keyLine}`, `\t${keyLine}`),
  'the block has no indicator': right.replace(/tls\.key: \|-?/, 'tls.key:'),
  'the key is a key of the map': right.replace(`    ${keyLine}`, `    ${keyLine}: {`),
  'the key stands under another field': right.replace('stringData:', 'stringdata:'),
  'the key is a list': right.replace(/tls\.key: \|-?\n/, 'tls.key:\n    - |\n'),
  'the key is not encoded': right.replace('stringData:', 'data:'),
  'the key is given twice': `${right}  tls.key: "${body}"\n`,
  'the key is cut off': right.replace(keyLine, keyLine.slice(0, 40)),
  'key and certificate changed places': yaml(
    secret('edge', { chain: edgeCertificate.key, key: edgeCertificate.chain }),
  ),
  'the key is in a ConfigMap of authorities': `${yaml(trust(edgeCertificate.key))}---\n${right}`,
  'the key is in quotes that do not end': right.replace(/tls\.key: \|-?\n\s*/, 'tls.key: "'),
  'the key is encoded, with a stray character': JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'edge', namespace: 'shop' },
    data: { 'tls.key': `${encoded}*`, 'tls.crt': encoded },
  }),
};

test('key material is found where it is shown', () => {
  assert.notDeepEqual(keyIn(right), []);
  assert.notDeepEqual(keyIn(JSON.stringify({ key: encoded })), []);
  assert.deepEqual(keyIn(authority.certificate), []);
});

test('check and translate never show a key, however its file is broken', options, async (t) => {
  const damaged = Object.values(damages);
  // A listener for each file, so that what is in it is looked at.
  const listeners = damaged.map((_, at) => ({ port: 20_000 + at, certificate: `edge-${at}` }));
  const files = damaged.map((text, at) => [`${at}.yaml`, text.replace(/name(": "|: )edge\b/, `name$1edge-${at}`)]);
  const folder = new Folder(t, { 'gateway.yaml': yaml(gateway('edge', ...listeners)), ...Object.fromEntries(files) });
  const commands = [['check'], ['check', '-o', 'json'], ['translate'], ['translate', '-o', 'json']] as const;
  for (const [command, ...flags] of commands) {
    const { stdout, stderr } = await farside(command, folder.path, ...flags);
    assert.deepEqual(keyIn(stdout), [], [command, ...flags].join(' '));
    assert.equal(stderr, '');
  }
});

test('a running gateway never shows a key, however its file is broken', options, async (t) => {
  const [port, plainPort] = [await freePort(), await freePort()];
  const folder = new Folder(t, {
    'edge.yaml': yaml(
      gateway('edge', { port, certificate: 'edge' }),
      gateway('plain', { port: plainPort }),
      redirect('web', '/there'),
    ),
    'key.yaml': right,
  });
  const running = await serve(t, [folder.path, '--log-level', 'debug']);
  for (const [at, [damage, text]] of Object.entries(damages).entries()) {
    folder.write('key.yaml', text);
    // What is written after it is in force after it, or with it.
    folder.write('marker.yaml', yaml(redirect('marker', `/marker-${at}`, 'plain')));
    await until(async () => (await running.page('/api/model')).body.includes(`"/marker-${at}"`));
    for (const page of pages) assert.deepEqual(keyIn((await running.page(page)).body), [], `${damage}: ${page}`);
    assert.deepEqual(keyIn(running.process.output), [], `${damage}: the log`);
  }
  const { stdout } = await farside('status', '--admin', `127.0.0.1:${running.admin}`);
  assert.deepEqual(keyIn(stdout), []);
});
