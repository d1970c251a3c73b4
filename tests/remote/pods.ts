import type { TestContext } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Applied, DataPlane, OpenChange } from '../../src/dataplanes/dataplane.ts';
import type { Configuration } from '../../src/dataplanes/node/delta.ts';
import { controllerServerName, dataPlaneUri } from '../../src/dataplanes/node/remote/identity.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { followConfiguration, type StreamEvent } from '../../src/dataplanes/node/remote/stream-client.ts';
import { type StreamCredentials, startStreamServer } from '../../src/dataplanes/node/remote/stream-server.ts';
import type { TwoGateways } from './model.ts';

/*
 * A controller and pods of `infra/edge` and `infra/inner` that hold a stream to it, over real sockets with real
 * certificates.
 */

export const authority = await CertificateAuthority.create('Stream CA');

/** Those of a pod that has these URIs, or of a controller where there are none. */
export async function credentials(uris: readonly string[], issuer = authority): Promise<StreamCredentials> {
  const issued = await issuer.issue({ uris, dns: uris.length === 0 ? [controllerServerName] : [], usage: 'both' });
  return { certificateChain: issued.chain, privateKey: issued.key, authority: authority.certificate };
}

const controller = await credentials([]);
export const edge = await credentials([dataPlaneUri('infra/edge')]);
export const inner = await credentials([dataPlaneUri('infra/inner')]);

/** `changes` is told whenever a pod came, went or said something. */
export async function startController(t: TestContext, port = 0) {
  const changes = new Waiter();
  const dataPlane = new ObservedDataPlane(() => changes.notify());
  const server = await startStreamServer({ host: '127.0.0.1', port, credentials: controller, dataPlane });
  t.after(() => server.close());
  const apply = ({ model, keys }: TwoGateways, revision: number) => dataPlane.apply(model, keys, revision);
  return { dataPlane, server, changes, apply };
}

class ObservedDataPlane extends RemoteDataPlane {
  readonly #onNotify: () => void;

  constructor(onNotify: () => void) {
    super({ patience: 10_000, grace: 10_000 });
    this.#onNotify = onNotify;
  }

  override notify(): void {
    super.notify();
    this.#onNotify();
  }
}

/** Waits for conditions, which are looked at whenever something happened. */
export class Waiter {
  #waiting: (() => void)[] = [];

  notify(): void {
    for (const each of this.#waiting.splice(0)) each();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** A data plane that opens everything but what it is told not to, and keeps what it was given. */
export class RecordingDataPlane implements DataPlane {
  readonly given: Configuration[] = [];
  closed: readonly string[] = [];
  change: (change: OpenChange) => void = () => {};

  onOpenChanged(listener: (change: OpenChange) => void): void {
    this.change = listener;
  }

  check() {
    return [];
  }

  async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    this.given.push({ model, keys });
    const open = Object.keys(model.listeners).filter((id) => !this.closed.includes(id));
    return { revision, open, findings: [] };
  }

  async drain() {}
}

/** A pod that follows the controller on a port; `applied(n)` waits until it has put n configurations in force. */
export function startPod(
  t: TestContext,
  port: number,
  own: StreamCredentials,
  dataPlane = new RecordingDataPlane(),
  timings = {},
) {
  const end = new AbortController();
  const events: StreamEvent[] = [];
  const happened = new Waiter();
  const onEvent = (event: StreamEvent): void => {
    events.push(event);
    happened.notify();
  };
  const running = followConfiguration(
    { host: '127.0.0.1', port, credentials: async () => own, pod: 'pod', dataPlane, onEvent, ...timings },
    end.signal,
  );
  const stop = async () => {
    end.abort();
    await running;
  };
  t.after(stop);
  const applied = (count: number) =>
    happened.until(() => events.filter(({ type }) => type === 'applied').length >= count);
  return { dataPlane, events, happened, applied, stop };
}
