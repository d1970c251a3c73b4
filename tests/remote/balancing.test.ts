import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diff, emptyConfiguration, patch } from '../../src/dataplanes/node/delta.ts';
import { decodeDelta, encodeDelta } from '../../src/dataplanes/node/remote/codec.ts';
import { partition } from '../../src/dataplanes/node/remote/partition.ts';
import type { LoadBalancing } from '../../src/model/balancing.ts';
import type { HealthCheck } from '../../src/model/health.ts';
import type { Model } from '../../src/model/model.ts';
import type { SessionPersistence } from '../../src/model/session.ts';
import { origin } from '../tls/model.ts';
import { twoGateways } from './model.ts';

const balancing: LoadBalancing = {
  type: 'consistent-hash',
  keys: [
    { type: 'header', name: 'x-user', terminal: true },
    {
      type: 'cookie',
      name: 'session',
      issue: { path: null, maxAge: 60, httpOnly: true, secure: 'auto', sameSite: 'Lax' },
    },
  ],
};
const sessions: SessionPersistence = {
  carrier: { type: 'header', name: 'x-session' },
  absoluteTimeout: 60_000,
  scope: { name: 'HTTPRoute/shop/web#0', uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a10' },
};
const healthCheck: HealthCheck = {
  type: 'http',
  interval: 5_000,
  timeout: 2_000,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  panicThreshold: 0,
  method: 'GET',
  path: '/healthz',
  host: null,
  expectedStatuses: [{ first: 200, last: 299 }],
  origin,
};

/** The two Gateways' model with what chooses endpoints and what asks them. */
function withPolicies({ model, keys }: ReturnType<typeof twoGateways>) {
  const routes = Object.fromEntries(
    Object.entries(model.routes).map(([id, route]) => {
      const { action } = route;
      return [id, action.type === 'forward' ? { ...route, action: { ...action, balancing, sessions } } : route];
    }),
  );
  const backends = Object.fromEntries(
    Object.entries(model.backends).map(([id, backend]) => [id, { ...backend, healthCheck }]),
  );
  const endpoints = Object.fromEntries(
    Object.entries(model.endpoints).map(([id, set]) => [
      id,
      { ...set, endpoints: set.endpoints.map((endpoint) => ({ ...endpoint, healthPort: 8081 })) },
    ]),
  );
  const whole: Model = { ...model, routes, backends, endpoints };
  return { model: whole, keys };
}

test('pods get balancing, sessions, health checks and health ports as they are, also when only those change', () => {
  const before = partition(twoGateways()).get('infra/edge') ?? emptyConfiguration;
  const after = partition(withPolicies(twoGateways())).get('infra/edge') ?? emptyConfiguration;
  const sent = decodeDelta(encodeDelta(diff(before, after)));
  assert.deepEqual(Object.keys(sent.model).sort(), ['backends', 'endpoints', 'routes']);
  assert.deepEqual(patch(before, sent), after);
  const [backend] = Object.values(after.model.backends);
  assert.deepEqual(backend?.healthCheck, healthCheck);
  assert.equal(after.model.endpoints[backend?.endpoints ?? '']?.endpoints[0]?.healthPort, 8_081);
  const [route] = Object.values(after.model.routes);
  assert.deepEqual(route?.action.type === 'forward' ? route.action.balancing : null, balancing);
  assert.deepEqual(route?.action.type === 'forward' ? route.action.sessions : null, sessions);
});
