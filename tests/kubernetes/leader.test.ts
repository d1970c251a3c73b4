import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiError } from '../../src/sources/kubernetes/api-error.ts';
import { ApiClient, type ApiRequest } from '../../src/sources/kubernetes/client.ts';
import { LeaderElection } from '../../src/sources/kubernetes/leader.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

const leases = '/apis/coordination.k8s.io/v1/leases';
const timings = { lease: 1_000, renewDeadline: 200, retry: 10 };

async function serve(context: TestContext) {
  const api = new FakeApi();
  const access = await api.start();
  api.serve(leases);
  context.after(() => api.stop());
  const leading = new Set<string>();
  const history: string[] = [];
  const candidate = (identity: string, client = new ApiClient(access)): LeaderElection => {
    const election = new LeaderElection({
      client,
      namespace: 'default',
      name: 'farside',
      identity,
      timings,
      onChange: (leads) => {
        history.push(`${identity} ${leads}`);
        if (leads) leading.add(identity);
        else leading.delete(identity);
        if (leading.size > 1) history.push('two at once');
      },
    });
    context.after(async () => {
      await election.stop();
      client.close();
    });
    election.start();
    return election;
  };
  const spec = () => api.get(leases, 'default/farside')?.spec as Readonly<Record<string, unknown>> | undefined;
  return { api, access, leading, history, candidate, spec };
}

test('one of several leads, and hands over when it stops', async (context) => {
  const { candidate, leading, history, spec } = await serve(context);
  const first = candidate('first');
  await until(() => leading.has('first'));
  candidate('second');
  candidate('third');
  await first.stop();
  await until(() => leading.size === 1);
  assert.notEqual(spec()?.holderIdentity, 'first');
  assert.equal(spec()?.leaseTransitions, 1);
  assert.deepEqual(history.slice(0, 2), ['first true', 'first false']);
  assert.ok(!history.includes('two at once'));
  assert.match(String(spec()?.renewTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('the lease of a leader that vanished runs out', async (context) => {
  const { api, candidate, leading, spec } = await serve(context);
  const vanished = { holderIdentity: 'vanished', leaseDurationSeconds: 1, leaseTransitions: 4 };
  api.put(leases, { metadata: { name: 'farside', namespace: 'default' }, spec: vanished });
  candidate('next');
  await until(() => api.requested(/^GET/).length > 3);
  assert.equal(leading.size, 0);
  await until(() => leading.has('next'));
  assert.equal(spec()?.leaseTransitions, 5);
});

test('who cannot renew stops leading by itself, and leads again when it can', async (context) => {
  const { api, candidate, leading, history } = await serve(context);
  candidate('only');
  await until(() => leading.has('only'));
  const away = setInterval(() => {
    while (api.faults.length < 50) api.faults.push({ path: /leases/, status: 500 });
  }, 1);
  context.after(() => clearInterval(away));
  await until(() => leading.size === 0);
  clearInterval(away);
  api.faults.length = 0;
  await until(() => leading.has('only'));
  assert.deepEqual(history, ['only true', 'only false', 'only true']);
});

test('who holds the lease leads on where somebody else changes something of it', async (context) => {
  const { access, api, candidate, leading, history } = await serve(context);
  const client = new ContestedClient(access);
  candidate('first', client);
  await until(() => leading.has('first'));
  candidate('second');
  client.conflicts = 1;
  await until(() => client.conflicts === 0);
  const renewed = api.requests.length;
  await until(() => api.requested(/^PUT/).length > 3 && api.requests.length > renewed + 10);
  assert.deepEqual(history, ['first true']);
});

/** Meets somebody else's write between reading and writing. */
class ContestedClient extends ApiClient {
  conflicts = 0;

  override async json(request: ApiRequest): Promise<unknown> {
    if (request.method === 'PUT' && this.conflicts > 0) {
      this.conflicts -= 1;
      throw new ApiError(409, 'Conflict', 'the object has been modified');
    }
    return super.json(request);
  }
}
