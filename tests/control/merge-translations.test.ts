import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeTranslations } from '../../src/control/merge-translations.ts';
import type { Translation } from '../../src/dialects/dialect.ts';
import { emptyKeyMaterial, type Model } from '../../src/model/model.ts';
import { modelWith, origin } from './model.ts';

function translation(model: Model, name: string): Translation {
  const finding = { severity: 'info', reason: 'Test', message: name, remedy: 'none', origin } as const;
  const status = { apiVersion: 'v1', kind: 'Test', metadata: { name }, status: {} };
  return { model, keys: emptyKeyMaterial, findings: [finding], status: () => [status] };
}

const endpoints = (address: string): Model => ({
  ...modelWith(),
  endpoints: { 'shop/a:443': { id: 'shop/a:443', endpoints: [{ address, port: 443 }] } },
});

const merged = (first: Translation, second: Translation): Translation =>
  mergeTranslations([
    { dialect: 'gateway-api', translation: first },
    { dialect: 'contour', translation: second },
  ]);

test('what dialects say is joined', () => {
  const { model, findings, status } = merged(translation(modelWith(80), 'a'), translation(modelWith(81), 'b'));
  assert.deepEqual(Object.keys(model.listeners), ['127.0.0.1:80', '127.0.0.1:81']);
  assert.deepEqual(
    findings.map(({ message }) => message),
    ['a', 'b'],
  );
  assert.deepEqual(
    status({ isOpen: () => true, findings: [] }).map(({ metadata }) => metadata.name),
    ['a', 'b'],
  );
});

test('two that say the same of one Service do not clash', () => {
  const { model, findings } = merged(translation(endpoints('10.0.0.1'), 'a'), translation(endpoints('10.0.0.1'), 'b'));
  assert.deepEqual(model.endpoints, endpoints('10.0.0.1').endpoints);
  assert.equal(findings.length, 2);
});

test('of two that differ the first counts, and the other is told', () => {
  const { model, findings } = merged(translation(endpoints('10.0.0.1'), 'a'), translation(endpoints('10.0.0.2'), 'b'));
  assert.deepEqual(model.endpoints, endpoints('10.0.0.1').endpoints);
  const clash = findings.at(-1);
  assert.equal(clash?.reason, 'DialectConflict');
  assert.equal(clash?.message, 'contour and gateway-api both say what shop/a:443 is');
});

test('one dialect is taken as it is', () => {
  const only = translation(modelWith(80), 'a');
  assert.equal(mergeTranslations([{ dialect: 'gateway-api', translation: only }]), only);
});

function serving(
  protocol: 'HTTP' | 'HTTPS' | 'TLS',
  ...hosts: readonly (readonly [section: string, host: string])[]
): Model {
  const id = '127.0.0.1:443';
  const virtualHosts = hosts.map(([section, hostname]) => ({ id: `${section}/${hostname}`, hostname, routes: [] }));
  const sections = hosts.map(([hostname], index) => {
    const served = virtualHosts[index]?.id ?? '';
    return { name: hostname, hostname, tls: null, origin, virtualHosts: [served] };
  });
  return {
    ...modelWith(),
    listeners: { [id]: { id, address: '127.0.0.1', port: 443, protocol, sections } },
    virtualHosts: Object.fromEntries(virtualHosts.map((host) => [host.id, host])),
  };
}

const clashesOf = (first: Model, second: Model): readonly string[] =>
  merged(translation(first, 'a'), translation(second, 'b'))
    .findings.slice(2)
    .map(({ reason }) => reason);

test('a socket is shared, the most specific host first', () => {
  const { model } = merged(
    translation(serving('HTTP', ['', 'gateway.test'], ['a.test', 'a.test']), 'a'),
    translation(serving('HTTP', ['*.wild.test', '*.wild.test']), 'b'),
  );
  const [listener] = Object.values(model.listeners);
  assert.deepEqual(
    listener?.sections.map(({ hostname }) => hostname),
    ['a.test', '*.wild.test', ''],
  );
});

test('two clash that have the same host, or of which one would take what the other serves', () => {
  const clash = ['HostnameConflict'];
  assert.deepEqual(clashesOf(serving('HTTP', ['a.test', 'a.test']), serving('HTTP', ['a.test', 'a.test'])), clash);
  assert.deepEqual(clashesOf(serving('HTTP', ['', 'a.test']), serving('HTTP', ['a.test', 'a.test'])), clash);
  assert.deepEqual(clashesOf(serving('HTTP', ['', 'b.a.test']), serving('HTTP', ['*.a.test', '*.a.test'])), clash);
  assert.deepEqual(clashesOf(serving('HTTP', ['*.a.test', '*.a.test']), serving('HTTP', ['', 'b.a.test'])), clash);
  assert.deepEqual(clashesOf(serving('HTTP', ['', '']), serving('HTTP', ['a.test', 'a.test'])), []);
  assert.deepEqual(clashesOf(serving('HTTP', ['a.test', 'a.test']), serving('HTTP', ['*.test', '*.test'])), []);
  assert.deepEqual(clashesOf(serving('HTTP', ['*.a.test', '*.a.test']), serving('HTTP', ['*.b.test', '*.b.test'])), []);
});

test('what was left out has no virtual host, and its dialect is told', () => {
  const told: (readonly string[])[] = [];
  const second = translation(serving('HTTP', ['a.test', 'a.test'], ['b.test', 'b.test']), 'b');
  const { model, status } = merged(translation(serving('HTTP', ['', 'a.test']), 'a'), {
    ...second,
    status: ({ findings }) => {
      told.push(findings.map(({ reason }) => reason));
      return [];
    },
  });
  assert.deepEqual(Object.keys(model.virtualHosts).sort(), ['/a.test', 'b.test/b.test']);
  status({ isOpen: () => true, findings: [] });
  assert.deepEqual(told, [['HostnameConflict']]);
});

test('HTTPS and TLS share a socket as TLS; plain HTTP shares with neither, and is told to be closed', () => {
  const shared = merged(
    translation(serving('HTTPS', ['a.test', 'a.test']), 'a'),
    translation(serving('TLS', ['b.test', 'b.test']), 'b'),
  );
  assert.equal(shared.model.listeners['127.0.0.1:443']?.protocol, 'TLS');
  const open: boolean[] = [];
  const second = translation(serving('HTTPS', ['b.test', 'b.test']), 'b');
  const { findings, model, status } = merged(translation(serving('HTTP', ['a.test', 'a.test']), 'a'), {
    ...second,
    status: ({ isOpen }) => {
      open.push(isOpen('127.0.0.1:443'));
      return [];
    },
  });
  assert.equal(findings.at(-1)?.reason, 'DialectConflict');
  assert.deepEqual(Object.keys(model.virtualHosts), ['a.test/a.test']);
  status({ isOpen: () => true, findings: [] });
  assert.deepEqual(open, [false]);
});
