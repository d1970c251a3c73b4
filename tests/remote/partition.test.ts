import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partition } from '../../src/dataplanes/node/remote/partition.ts';
import type { Authorization } from '../../src/model/authorization.ts';
import type { Listener } from '../../src/model/listener.ts';
import type { Route } from '../../src/model/route.ts';
import { backend, endpoints, forward, modelOf, origin, respond, route } from '../proxy/model.ts';

const asks = (id: string): Authorization => ({
  ...{ type: 'ask', backend: id, pathPrefix: '', requestHeaders: [], responseHeaders: null, origin },
});

test('whoever is asked about requests is a part of what a data plane gets, and whoever others ask is not', () => {
  const listener = (dataPlane: string, asked: string): Listener => ({
    ...{ id: `${dataPlane}:80`, address: '::', dataPlane, port: 80, protocol: 'HTTP' },
    sections: [
      {
        name: dataPlane,
        hostname: '',
        tls: null,
        virtualHosts: [`${dataPlane}/*`],
        authorization: [asks(asked)],
        origin,
      },
    ],
  });
  const routes: readonly Route[] = [
    { ...route('r', respond(500)), authorization: [asks('of-route')] },
    route('s', forward([])),
  ];
  const ids = ['of-listener', 'of-route', 'of-another'];
  const model = modelOf({
    listeners: [listener('infra/edge', 'of-listener'), listener('infra/inner', 'of-another')],
    virtualHosts: [
      { id: 'infra/edge/*', hostname: '', routes: ['r'] },
      { id: 'infra/inner/*', hostname: '', routes: ['s'] },
    ],
    routes,
    backends: ids.map((id) => backend(id)),
    endpoints: ids.map((id) => endpoints(id, [['127.0.0.1', 80]])),
  });
  const shares = partition({ model, keys: { certificates: {}, trustBundles: {} } });
  assert.deepEqual(Object.keys(shares.get('infra/edge')?.model.backends ?? {}).sort(), ['of-listener', 'of-route']);
  assert.deepEqual(Object.keys(shares.get('infra/inner')?.model.endpoints ?? {}), ['of-another']);
});
