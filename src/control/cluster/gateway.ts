import type { Logger } from 'pino';
import type { Dialect, DialectsOptions } from '../../dialects/dialect.ts';
import type { AddressAssignment } from '../../infrastructure/addresses.ts';
import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';
import { LeaderElection } from '../../sources/kubernetes/leader.ts';
import { ClusterSource } from '../../sources/kubernetes/source.ts';
import { type AdminAddress, type AdminServer, startAdmin } from '../admin/server.ts';
import type { RunningGateway } from '../gateway.ts';
import { Journal } from '../journal.ts';
import { ControlLoop } from '../loop.ts';
import { dialects as allDialects, controllerName } from '../parts.ts';
import type { GatewayState } from '../state.ts';
import { translate } from '../translate.ts';
import type { TranslatedState } from '../translated-state.ts';
import { Leadership } from './leadership.ts';
import { carrierOf, type Placement } from './placement.ts';
import { StatusWriter } from './status-writer.ts';
import { statusTarget } from './target.ts';

export interface ClusterGatewayOptions {
  readonly client: ApiClient;
  readonly placement: Placement;
  /** Null for none. Port 0 lets the system choose. */
  readonly admin: AdminAddress | null;
  readonly logger: Logger;
  /** Null where nobody else writes statuses: this process does then, from the start. */
  readonly election: ElectionOptions | null;
  /** Whose objects are read; all unless some are given. */
  readonly dialects?: readonly Dialect[];
  readonly dialectOptions?: DialectsOptions;
  /** Called with every new state, after it was logged; must not throw. */
  readonly onState?: (state: GatewayState) => void;
}

export interface ElectionOptions {
  readonly namespace: string;
  /** The name of the Lease. */
  readonly name: string;
  /** Different in every process. */
  readonly identity: string;
}

/**
 * Runs the gateway on the objects of a cluster, with the data plane in this machine, or with one in pods for each Gateway.
 * Resolves at once: an API server that does not answer yet is waited for, and the admin server tells so. Only the leader
 * writes statuses, and has data planes in pods; in its own machine every process serves. Rejects with
 * `AdminAddressError`.
 */
export async function startClusterGateway(options: ClusterGatewayOptions): Promise<RunningGateway> {
  const { client, logger, dialects = allDialects } = options;
  const carrier = carrierOf(options.placement, client, logger);
  const { dataPlane } = carrier;
  const journal = new Journal(logger);
  const source: ClusterSource = new ClusterSource({
    client,
    kinds: [...dialects.flatMap(({ kinds }) => kinds), ...carrier.kinds],
    controllerName,
    onSnapshot: (snapshot) => loop.offer(snapshot),
    onLive: (kind, key) => writer.touched(kind, key),
    onName: ({ kind }, key) => {
      const [namespace = '', name = ''] = key.split('/');
      if (kind === 'Secret') carrier.secretChanged(namespace, name);
    },
    onTrouble: ({ plural }, cause) => {
      if (cause === null) logger.info(`${plural} of the cluster are followed again`);
      else logger.warn({ cause: cause.message }, `${plural} of the cluster cannot be followed; trying again`);
    },
  });
  const writer = new StatusWriter({
    target: statusTarget(client, source),
    controllerName,
    now: Date.now,
    onRefused: ({ kind }, key, cause) =>
      logger.error({ cause: cause.message }, `the API server refuses the status of ${kind} ${key}`),
  });
  let assigned: AddressAssignment | null = null;
  const loop: ControlLoop = new ControlLoop({
    dataPlane,
    translate: (snapshot, addresses, now) => {
      // Gateways keep the addresses that they had under an earlier controller.
      const before = assigned === null ? liveAddresses(source) : addresses;
      const translation = translate(snapshot, {
        ...{ ...carrier.addressing, now, addresses: before, supply: false },
        ...{ dialects, dialectOptions: options.dialectOptions ?? {} },
      });
      assigned = translation.addresses;
      return translation;
    },
    ...carrier.readiness,
    now: Date.now,
    onFault: (cause) => logger.error({ err: cause }, 'fault in the control loop'),
    onState: (state, previous) => {
      journal.tell(state, previous);
      writer.update(state);
      carrier.update(state);
      options.onState?.(state);
    },
  });
  const state = (): TranslatedState => withWaiting(loop.state, source.waitingFor);
  const admin: AdminServer | null =
    options.admin === null
      ? null
      : await startAdmin(
          options.admin,
          {
            state,
            metrics: () => carrier.metrics(state()),
            observations: () => carrier.observations(),
          },
          'this-machine',
        );
  const leadership = new Leadership(carrier, writer);
  const election = options.election === null ? null : elect(options.election, client, leadership, logger);
  source.start();
  // Neither ever rejects.
  if (election === null) void leadership.lead();
  else election.start();
  return {
    admin: admin?.address ?? null,
    state,
    settled: () => loop.settled(),
    async stop(drainTimeout) {
      source.close();
      await loop.stop();
      // Before the lease is given back, so that two never write at once.
      await leadership.end();
      await election?.stop();
      client.close();
      await dataPlane.drain(drainTimeout);
      await admin?.close();
    },
  };
}

function elect(options: ElectionOptions, client: ApiClient, leadership: Leadership, logger: Logger): LeaderElection {
  const { namespace, name, identity } = options;
  return new LeaderElection({
    client,
    namespace,
    name,
    identity,
    onChange: (leading) => {
      logger.info({ lease: `${namespace}/${name}` }, leading ? 'leading: statuses are written here' : 'not leading');
      // Neither ever rejects.
      void (leading ? leadership.lead() : leadership.stop());
    },
    onTrouble: (cause) => {
      if (cause === null) logger.info('the lease of the leader can be renewed again');
      else logger.warn({ cause: cause.message }, 'the lease of the leader cannot be read or renewed');
    },
  });
}

/** The addresses in the statuses of Gateways. Whether they are ours to give, and are still wanted, is judged later. */
function liveAddresses(source: ClusterSource): AddressAssignment {
  const store = source.store({ group: 'gateway.networking.k8s.io', kind: 'Gateway' });
  if (store === undefined) return {};
  return Object.fromEntries(
    [...store.keys()].map((key) => {
      const addresses = store.live(key)?.status?.addresses;
      const values = (Array.isArray(addresses) ? addresses : []) as readonly { readonly value?: unknown }[];
      const canonical = values.map(({ value }) => (typeof value === 'string' ? canonicalIpAddress(value) : null));
      return [key, canonical.filter((address) => address !== null)];
    }),
  );
}

function withWaiting(state: TranslatedState, waitingFor: string | null): TranslatedState {
  return state.revision > 0 || waitingFor === null
    ? state
    : { ...state, readiness: { ready: false, cause: waitingFor } };
}
