import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selectorFault, selects } from '../../../src/dialects/gateway-api/gateway/allowed-routes.ts';

const expression = (operator: string, values?: readonly string[], key = 'team') => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

test('a label selector selects as Kubernetes does', () => {
  const blue = { team: 'blue' };
  assert.ok(selects({}, {}), 'what asks for nothing selects everything');
  assert.ok(selects({ matchLabels: { team: 'blue' } }, blue));
  assert.ok(!selects({ matchLabels: { team: 'red' } }, blue));
  assert.ok(!selects({ matchLabels: { toString: 'x' } }, blue), 'members of Object.prototype are no labels');
  assert.ok(selects(expression('In', ['red', 'blue']), blue));
  assert.ok(!selects(expression('In', ['red']), blue));
  assert.ok(!selects(expression('In', ['red']), {}));
  assert.ok(selects(expression('NotIn', ['red']), blue));
  assert.ok(selects(expression('NotIn', ['red']), {}), 'a label that is absent is not among the values');
  assert.ok(!selects(expression('NotIn', ['blue']), blue));
  assert.ok(selects(expression('Exists'), blue));
  assert.ok(!selects(expression('Exists'), {}));
  assert.ok(!selects(expression('Exists', undefined, 'toString'), {}));
  assert.ok(selects(expression('DoesNotExist'), {}));
  assert.ok(!selects(expression('DoesNotExist'), blue));
  assert.ok(!selects({ matchLabels: { team: 'blue' }, ...expression('DoesNotExist') }, blue), 'all parts must hold');
});

test('a selector that is none selects nothing, and its fault is told', () => {
  assert.ok(!selects(expression('Near', ['blue']), { team: 'blue' }));
  assert.equal(selectorFault(expression('Near', ['blue']))?.field, 'matchExpressions[0].operator');
  for (const operator of ['In', 'NotIn']) {
    assert.ok(selectorFault(expression(operator)));
    assert.ok(selectorFault(expression(operator, [])));
    assert.equal(selectorFault(expression(operator, ['a'])), null);
  }
  for (const operator of ['Exists', 'DoesNotExist']) {
    assert.ok(selectorFault(expression(operator, ['a'])));
    assert.equal(selectorFault(expression(operator)), null);
  }
  assert.equal(selectorFault(undefined), null);
});
