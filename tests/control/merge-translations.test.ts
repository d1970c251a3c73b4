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
