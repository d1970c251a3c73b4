import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createLogger } from '../../src/cli/log.ts';
import { renderFindings } from '../../src/cli/report/findings.ts';
import { plainPaint } from '../../src/cli/report/paint.ts';
import { renderStatus } from '../../src/cli/report/status.ts';
import { nowhere } from '../../src/model/origin.ts';

const forged = 'pod says \u001b[2J\nERROR the lease is lost\u009b31m';
const shown = 'pod says ·[2J·ERROR the lease is lost·31m';

test('what pods and objects say cannot steer a terminal, nor look like lines of the log', () => {
  const out = new PassThrough();
  const logger = createLogger('text', 'info', out, plainPaint);
  logger.info({ effect: forged }, forged);
  const line = String(out.read());
  assert.equal(line.slice(line.indexOf('pod')), `${shown}  effect=${shown}\n`);
});

test('nor can they in findings', () => {
  const finding = { severity: 'error', reason: 'Any', message: forged, effect: forged, remedy: forged } as const;
  const rendered = renderFindings(
    [{ ...finding, origin: { ...nowhere, kind: 'Kind', name: forged } }],
    new Map(),
    plainPaint,
  );
  assert.equal(rendered.split('\n').length, 4);
  assert.ok(!rendered.includes('\u001b'));
  assert.ok(!rendered.includes('\u009b'));
});

test('nor can they in statuses', () => {
  const conditions = [{ type: 'Accepted', status: 'False', reason: forged, message: forged }];
  const metadata = { namespace: forged, name: forged };
  const rendered = renderStatus(
    [{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata, status: { conditions } }],
    plainPaint,
  );
  assert.match(rendered, /pod says/);
  assert.ok(!rendered.includes('\u001b'));
  assert.ok(!rendered.includes('\u009b'));
});

test('routes of every kind are shown with their parents', () => {
  const conditions = [{ type: 'Accepted', status: 'False', reason: 'NoMatchingParent', message: 'no such listener' }];
  for (const kind of ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']) {
    const rendered = renderStatus(
      [
        {
          ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { namespace: 'shop', name: 'web' } },
          status: { parents: [{ parentRef: { name: 'edge' }, conditions }] },
        },
      ],
      plainPaint,
    );
    assert.match(rendered, /shop\/web +Gateway edge +NoMatchingParent +– +no such listener/, kind);
  }
});
