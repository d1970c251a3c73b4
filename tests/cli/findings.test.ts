import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFindings, summarise } from '../../src/cli/report/findings.ts';
import { plainPaint } from '../../src/cli/report/paint.ts';
import { renderTable } from '../../src/cli/report/table.ts';
import type { Finding } from '../../src/model/finding.ts';

const policies = ['spec:', '  validation:', '    caCertificateRefs:', '    - name: ca # the wrong one', ''].join('\n');

const missingKey: Finding = {
  severity: 'error',
  reason: 'InvalidCACertificateRef',
  message: 'ConfigMap shop/ca has no key "ca.crt"; its keys are: "ca-bundle.pem"',
  effect: 'shop/orders answers 503 on every route',
  remedy: 'rename the key',
  origin: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    namespace: 'shop',
    name: 'orders',
    field: 'spec.validation.caCertificateRefs[0].name',
    file: 'policies.yaml',
    line: 4,
    column: 13,
  },
};

test('a finding shows cause, place with caret, effect and remedy', () => {
  const rendered = renderFindings([missingKey], new Map([['policies.yaml', policies]]), plainPaint);
  assert.equal(
    rendered,
    [
      'error[InvalidCACertificateRef]: ConfigMap shop/ca has no key "ca.crt"; its keys are: "ca-bundle.pem"',
      '  ┌─ policies.yaml:4:13',
      '3│     caCertificateRefs:',
      '4│     - name: ca # the wrong one',
      ' │             ^^',
      '  = effect: shop/orders answers 503 on every route',
      '  = remedy: rename the key',
    ].join('\n'),
  );
});

test('a finding without a file names the object and the field', () => {
  const finding = { ...missingKey, origin: { ...missingKey.origin, file: null, line: null, column: null } };
  const rendered = renderFindings([finding], new Map(), plainPaint);
  assert.match(rendered, /┌─ BackendTLSPolicy shop\/orders {2}spec\.validation\.caCertificateRefs\[0\]\.name/);
});

test('errors come before warnings, and control characters of a file never reach the terminal', () => {
  const warning: Finding = {
    ...missingKey,
    severity: 'warning',
    reason: 'Unverified',
    origin: { ...missingKey.origin, line: 1, column: 1 },
  };
  const rendered = renderFindings(
    [warning, missingKey],
    new Map([['policies.yaml', `a\u001b[31m\n${policies}`]]),
    plainPaint,
  );
  assert.ok(rendered.indexOf('error[') < rendered.indexOf('warning['));
  assert.ok(!rendered.includes('\u001b'));
});

test('the summary counts and speaks English', () => {
  assert.equal(summarise([missingKey], 2, 14), '2 files, 14 objects: 1 error');
  assert.equal(summarise([missingKey, missingKey], 1, 1), '1 file, 1 object: 2 errors');
  assert.equal(summarise([], 1, 2), '1 file, 2 objects: nothing to complain about');
});

test('a table pads its columns and leaves no trailing space', () => {
  assert.equal(
    renderTable(
      ['A', 'LONG'],
      [
        ['aaa', 'b'],
        ['c', ''],
      ],
    ),
    '  A     LONG\n  aaa   b\n  c',
  );
});
