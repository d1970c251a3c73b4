import type { Logger } from 'pino';
import type { OpenChange } from '../dataplanes/dataplane.ts';
import { followConfiguration, type StreamEvent } from '../dataplanes/node/remote/stream-client.ts';
import type { StreamCredentials } from '../dataplanes/node/remote/stream-server.ts';
import type { KeyMaterial, Model } from '../model/model.ts';
import { type AdminAddress, startAdmin } from './admin/server.ts';
import type { MeasuredDataPlane } from './gateway.ts';
import { Journal } from './journal.ts';
import { type GatewayState, initialState, readinessOf } from './state.ts';

export interface FollowerOptions {
  /** Where the controller serves the configuration stream. */
  readonly controller: AdminAddress;
  /** Asked anew for each connection. */
  readonly credentials: () => Promise<StreamCredentials>;
  /** The name of this pod, for the controller's log. */
  readonly pod: string;
  /** Null for none. Port 0 lets the system choose. */
  readonly admin: AdminAddress | null;
  /** Not drained where the start fails: whoever made it ends it then. */
  readonly dataPlane: MeasuredDataPlane;
  /** Where `::` cannot be listened on, what is. */
  readonly anyAddress: '::' | '0.0.0.0';
  readonly logger: Logger;
  /** Called with every new state, after it was logged; must not throw. */
  readonly onState?: (state: GatewayState) => void;
}

export interface Follower {
  /** Where the admin server listens, or null. */
  readonly admin: AdminAddress | null;
  readonly state: () => GatewayState;
  /**
   * Follows no more, is not ready any more, and serves on for the first time (milliseconds), in which clients are asked
   * to go elsewhere and whoever sends them here learns of it; then accepts nothing new and lets what is in flight end, at most for the second.
   */
  stop(farewell: number, drainTimeout: number): Promise<void>;
}

/**
 * Carries the traffic that a controller elsewhere describes, with what it said last while it is away. Resolves at once,
 * and is ready as soon as every listener of a first configuration is open. Rejects with `AdminAddressError`.
 */
export async function startFollower(options: FollowerOptions): Promise<Follower> {
  const { dataPlane, logger, controller, credentials, pod } = options;
  const journal = new Journal(logger);
  let state: GatewayState = {
    ...initialState,
    readiness: { ready: false, cause: 'the controller has sent no configuration yet' },
  };
  let isConnected: boolean | null = null;
  const publish = (next: GatewayState): void => {
    const previous = state;
    state = next;
    journal.tell(state, previous);
    options.onState?.(state);
  };
  let tellController: (change: OpenChange) => void = () => {};
  dataPlane.onOpenChanged?.((change) => {
    const { open, cause, findings = state.findings } = change;
    publish({ ...state, open, findings, readiness: readinessOf(state.model, open, cause) });
    tellController(change);
  });
  const onEvent = (event: StreamEvent): void => {
    if (event.type === 'applied') {
      const { configuration, applied } = event;
      if (isConnected !== true) logger.info('the controller is followed');
      isConnected = true;
      const { revision, open, findings } = applied;
      publish({
        ...{ ...state, revision, open, findings, model: configuration.model },
        readiness: readinessOf(configuration.model, open),
      });
    } else if (event.type === 'lost') {
      // Told once: it is tried again every few seconds.
      if (isConnected !== false) {
        logger.warn({ cause: event.cause }, 'the controller cannot be followed; what it said last stays in force');
      }
      isConnected = false;
      if (state.readiness.ready) {
        publish({ ...state, readiness: { ...state.readiness, stale: `the controller is away: ${event.cause}` } });
      }
    }
  };
  const admin =
    options.admin === null
      ? null
      : await startAdmin(
          options.admin,
          {
            state: () => state,
            metrics: () => dataPlane.metrics(),
            observations: () => dataPlane.observations(),
          },
          'this-machine',
        );
  const end = new AbortController();
  const following = followConfiguration(
    {
      ...{ host: controller.host, port: controller.port, credentials, pod, onEvent },
      dataPlane: {
        check: (model) => dataPlane.check(model),
        onOpenChanged: (listener) => {
          tellController = listener;
        },
        apply: (model, keys, revision) => applyAt(options, model, keys, revision),
        drain: (timeout) => dataPlane.drain(timeout),
      },
    },
    end.signal,
  );
  return {
    admin: admin?.address ?? null,
    state: () => state,
    async stop(farewell, drainTimeout) {
      end.abort();
      await following;
      publish({ ...state, readiness: { ready: false, cause: 'it is about to end' } });
      dataPlane.dismiss?.();
      await new Promise((resolve) => setTimeout(resolve, farewell));
      await dataPlane.drain(drainTimeout);
      await admin?.close();
    },
  };
}

function applyAt({ dataPlane, anyAddress }: FollowerOptions, model: Model, keys: KeyMaterial, revision: number) {
  if (anyAddress === '::') return dataPlane.apply(model, keys, revision);
  const listeners = Object.fromEntries(
    Object.entries(model.listeners).map(([id, listener]) => [id, { ...listener, address: anyAddress }]),
  );
  return dataPlane.apply({ ...model, listeners }, keys, revision);
}
