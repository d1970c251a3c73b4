import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Journal } from '../../src/control/journal.ts';
import { type GatewayState, initialState } from '../../src/control/state.ts';
import { emptyModel } from '../../src/model/model.ts';
import { twoGateways } from '../remote/model.ts';

/** What is told of readiness when a state is the first. */
function toldOf(state: Partial<GatewayState>): string | undefined {
  const lines: string[] = [];
  const journal = new Journal(pino({}, { write: (line) => void lines.push(line) }));
  journal.tell({ ...initialState, revision: 1, readiness: { ready: true }, ...state }, initialState);
  return lines
    .map((line) => (JSON.parse(line) as { readonly msg: string }).msg)
    .find((each) => each.startsWith('ready'));
}

test('who is ready tells what is open, and why nothing is', () => {
  const { model } = twoGateways();
  assert.equal(toldOf({ model, open: ['infra/edge:443'] }), 'ready: infra/edge:443');
  assert.equal(toldOf({ model: emptyModel }), 'ready: there is no listener to open');
  // A controller is ready before the pods that it configures have anything open.
  assert.equal(toldOf({ model }), 'ready: no listener is open yet');
});
