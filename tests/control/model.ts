import { emptyModel, type Model } from '../../src/model/model.ts';
import type { Origin } from '../../src/model/origin.ts';

export const origin: Origin = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  namespace: 'infra',
  name: 'edge',
  field: '',
  file: null,
  line: null,
  column: null,
};

/** A model of listeners without routes. */
export function modelWith(...ports: readonly number[]): Model {
  const listeners = ports.map((port) => {
    const id = `127.0.0.1:${port}`;
    return [id, { id, address: '127.0.0.1', port, protocol: 'HTTP', sections: [] }] as const;
  });
  return { ...emptyModel, listeners: Object.fromEntries(listeners) };
}
