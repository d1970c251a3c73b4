import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Field, REGULAR } from '../../src/dataplanes/node/http/field.ts';
import { encodeMessage, grpcStatus, grpcStatusFields, isGrpc } from '../../src/dataplanes/node/proxy/grpc-status.ts';

const head = (contentType: string | null) => ({
  method: 'POST',
  target: '/shop.Orders/List',
  authority: 'shop.example',
  fields: contentType === null ? [] : [new Field('content-type', contentType, REGULAR)],
  contentLength: -1,
  expectContinue: false,
  upgrade: '',
  acceptsTrailers: true,
});

for (const [contentType, expected] of [
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['Application/GRPC; charset=utf-8', true],
  ['application/grpc-web', false],
  ['application/grpc-web+proto', false],
  ['application/json', false],
  [null, false],
] as const) {
  test(`content-type ${contentType ?? 'absent'} is ${expected ? '' : 'not '}gRPC`, () => {
    assert.equal(isGrpc(head(contentType)), expected);
  });
}

test('HTTP statuses have the gRPC status that clients would give them', () => {
  const expected = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14, 500: 2, 413: 2 };
  for (const [status, code] of Object.entries(expected)) assert.equal(grpcStatus(Number(status)), code, status);
});

test('a message is one line of printable ASCII', () => {
  assert.equal(encodeMessage('100% größer\n'), '100%25 gr%C3%B6%C3%9Fer%0A');
  const fields = grpcStatusFields(503, 'no healthy backend\n').map(({ name, value }) => `${name}: ${value}`);
  assert.deepEqual(fields, ['content-type: application/grpc', 'grpc-status: 14', 'grpc-message: no healthy backend']);
});
