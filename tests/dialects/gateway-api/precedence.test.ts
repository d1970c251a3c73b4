import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byPrecedence, type Standing } from '../../../src/dialects/gateway-api/route/precedence.ts';

const values = fc.array(fc.constant({ name: 'x', type: 'exact', value: 'y' } as const), { maxLength: 2 });
const standing: fc.Arbitrary<Standing> = fc.record({
  stated: fc.constantFrom('', '*.example.com', 'a.example.com', 'bb.example.com'),
  match: fc.record({
    path: fc.record({
      type: fc.constantFrom('exact', 'prefix', 'regex'),
      value: fc.constantFrom('/', '/a', '/a/b'),
    }),
    method: fc.constantFrom(null, 'GET'),
    headers: values,
    queryParameters: values,
  }),
  grpc: fc.constant(null),
  created: fc.integer({ min: 0, max: 2 }),
  route: fc.constantFrom('a/a', 'a/b'),
  rule: fc.integer({ min: 0, max: 1 }),
  matchIndex: fc.integer({ min: 0, max: 1 }),
});

/** The criteria of HTTPRouteRule.matches as one list of numbers and texts, smaller first. */
function criteria({ stated, match, created, route, rule, matchIndex }: Standing): readonly (number | string)[] {
  const { path, method, headers, queryParameters } = match;
  return [
    stated.startsWith('*') ? 1 : stated === '' ? 2 : 0,
    -stated.length,
    ['exact', 'regex', 'prefix'].indexOf(path.type),
    -path.value.length,
    method === null ? 1 : 0,
    -headers.length,
    -queryParameters.length,
    created,
    route,
    rule,
    matchIndex,
  ];
}

test('the first criterion that differs decides', () => {
  fc.assert(
    fc.property(standing, standing, (a, b) => {
      const [left, right] = [criteria(a), criteria(b)];
      const at = left.findIndex((value, index) => value !== right[index]);
      const expected = at < 0 ? 0 : (left[at] as number) < (right[at] as number) ? -1 : 1;
      assert.equal(Math.sign(byPrecedence(a, b)), expected);
      assert.equal(Math.sign(byPrecedence(b, a)), expected === 0 ? 0 : -expected);
    }),
    { numRuns: 500 },
  );
});

test('the order does not depend on the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(standing, { maxLength: 12 }), (all) => {
      const keys = (list: readonly Standing[]) => list.map((each) => JSON.stringify(each));
      assert.deepEqual(keys([...all].sort(byPrecedence)), keys([...all].reverse().sort(byPrecedence)));
    }),
  );
});
