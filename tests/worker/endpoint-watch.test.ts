import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../../src/dataplanes/node/health/verdict.ts';
import { EndpointWatch, type WatchedWorker } from '../../src/dataplanes/node/worker/endpoint-watch.ts';
import type { Order } from '../../src/dataplanes/node/worker/messages.ts';
import type { HealthCheck } from '../../src/model/health.ts';
import { emptyModel, type Model } from '../../src/model/model.ts';
import type { Observation } from '../../src/model/observation.ts';
import { connectFailure } from '../proxy/gateway.ts';
import { backend, endpoints, origin } from '../proxy/model.ts';

const orders = 'shop/orders:443';
const check: HealthCheck = {
  type: 'tcp',
  interval: 1_000,
  timeout: 1_000,
  unhealthyThreshold: 1,
  healthyThreshold: 1,
  panicThreshold: 50,
  origin,
};

const modelOf = (addresses: readonly string[]): Model => ({
  ...emptyModel,
  backends: { [orders]: backend(orders, { healthCheck: check }) },
  endpoints: {
    [orders]: endpoints(
      orders,
      addresses.map((address) => [address, 443] as const),
    ),
  },
});

class FakeWorker implements WatchedWorker {
  ready = false;
  readonly got: Order[] = [];

  send(order: Order): void {
    if (this.ready) this.got.push(order);
  }

  get checks(): boolean {
    return this.got.some((order) => order.type === 'check-health' && order.on);
  }

  get told(): readonly Verdict[] {
    return this.got.flatMap((order) => (order.type === 'health' ? order.verdicts : []));
  }
}

const verdict = (address: string, healthy: boolean): Verdict => ({
  backend: orders,
  address,
  port: 443,
  healthy,
  cause: healthy ? '' : 'it answered 500, expected 200',
});

function watch(count: number) {
  const workers = Array.from({ length: count }, () => new FakeWorker());
  let told: (() => void) | null = null;
  const watching = new EndpointWatch(
    modelOf(['10.0.0.1', '10.0.0.2']),
    () => workers,
    () => told?.(),
  );
  const start = (worker: FakeWorker | undefined): void => {
    if (worker === undefined) return;
    worker.ready = true;
    watching.started(worker);
  };
  const nextFindings = () =>
    new Promise<readonly string[]>((resolve) => {
      // What is waited for is a timer that holds up no process.
      const alive = setInterval(() => {}, 1_000);
      told = () => {
        clearInterval(alive);
        resolve(watching.findings.map(({ message }) => message));
      };
    });
  return { workers: workers as [FakeWorker, FakeWorker, FakeWorker], watching, start, nextFindings };
}

test('one worker checks; the next one is appointed when it dies, and nobody else', () => {
  const { workers, watching, start } = watch(3);
  const [first, second, third] = workers;
  start(second);
  assert.equal(second.checks, true);
  start(first);
  start(third);
  assert.deepEqual([first.checks, third.checks], [false, false]);
  third.ready = false;
  watching.died(third);
  assert.equal(first.checks, false, 'a worker that did not check is no loss');
  second.ready = false;
  watching.died(second);
  assert.equal(first.checks, true);
  first.ready = false;
  watching.died(first);
  second.got.length = 0;
  start(second);
  assert.equal(second.checks, true);
});

test('verdicts go to all others, at once or when they start; what is gone is forgotten', () => {
  const { workers, watching, start } = watch(3);
  const [first, second, third] = workers;
  start(first);
  start(second);
  const verdicts = [verdict('10.0.0.1', false), verdict('10.0.0.2', true)];
  watching.onHealth(first, verdicts);
  assert.deepEqual(first.told, []);
  assert.deepEqual(second.told, verdicts);
  watching.onHealth(first, [verdict('10.0.0.1', true)]);
  watching.configure(modelOf(['10.0.0.1']));
  start(third);
  assert.deepEqual(third.told, [verdict('10.0.0.1', true)]);
  watching.stop();
});

test('findings are told together, once for all workers, and go when their cause does', async () => {
  const { workers, watching, start, nextFindings } = watch(2);
  const [first, second] = workers;
  start(first);
  start(second);
  const cause = connectFailure({ stage: 'verify', reason: 'expired', message: 'its certificate has expired' });
  const ejected = { backend: orders, address: '10.0.0.2', port: 443, cause };
  const coming = nextFindings();
  watching.onHealth(first, [verdict('10.0.0.1', false)]);
  watching.onEjections(first, [ejected]);
  watching.onEjections(second, [ejected]);
  assert.deepEqual(await coming, [
    `health checks of endpoint 10.0.0.1:443 of ${orders} fail: it answered 500, expected 200`,
    `no connection to endpoint 10.0.0.2:443 of ${orders} comes about: its certificate has expired`,
  ]);
  const outcome = { type: 'connected', protocol: 'HTTP/1.1', tls: null } as const;
  const seen = (endpoint: string): Observation => ({ backend: orders, endpoint, time: 0, outcome });
  assert.deepEqual(
    watching.judge([seen('10.0.0.1:443'), seen('10.0.0.2:443'), seen('10.0.0.3:443')]).map((each) => each.passedOver),
    [{ because: 'unhealthy', cause: 'it answered 500, expected 200' }, { because: 'ejected', cause: '' }, undefined],
  );
  const going = nextFindings();
  watching.onHealth(first, [verdict('10.0.0.1', true)]);
  watching.died(first);
  watching.onEjections(second, []);
  assert.deepEqual(await going, []);
});
