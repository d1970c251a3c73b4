import type { Logger } from 'pino';
import type { DataPlane } from '../dataplanes/dataplane.ts';
import type { DialectsOptions } from '../dialects/dialect.ts';
import type { AddressPool } from '../infrastructure/address-pool.ts';
import type { Observation } from '../model/observation.ts';
import type { FolderLimits } from '../sources/folder/limits.ts';
import { type FolderWatch, watchFolder } from '../sources/folder/watch.ts';
import { type AdminAddress, type AdminServer, startAdmin } from './admin/server.ts';
import { Journal } from './journal.ts';
import { ControlLoop } from './loop.ts';
import type { GatewayState } from './state.ts';
import { translate } from './translate.ts';

/** A data plane that also tells how it is doing. */
export interface MeasuredDataPlane extends DataPlane {
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
  /** What was last seen of each endpoint of each backend. */
  observations(): Promise<readonly Observation[]>;
}

export interface GatewayOptions {
  /** Files and folders of YAML and JSON. */
  readonly paths: readonly string[];
  /** The address that all Gateways share, or the range from which each gets its own. */
  readonly address: AddressPool;
  readonly portOffset: number;
  readonly dialectOptions?: DialectsOptions;
  /** Null for none. Port 0 lets the system choose. */
  readonly admin: AdminAddress | null;
  /** Not drained where the start fails: whoever made it ends it then. */
  readonly dataPlane: MeasuredDataPlane;
  readonly logger: Logger;
  readonly folderLimits?: FolderLimits;
  /** Called with every new state, after it was logged; must not throw. */
  readonly onState?: (state: GatewayState) => void;
}

export interface RunningGateway {
  /** Where the admin server listens, or null. */
  readonly admin: AdminAddress | null;
  readonly state: () => GatewayState;
  /** Resolves when the gateway has taken up all that it has seen. */
  settled(): Promise<void>;
  /** Accepts nothing new, lets what is in flight end, at most for the given milliseconds, and closes everything. */
  stop(drainTimeout: number): Promise<void>;
}

/**
 * Runs the gateway on files and folders: follows their changes, keeps the data plane up to date, and serves the admin
 * API. Resolves once the first configuration was taken up, whether or not all of it could be. Rejects with
 * `AdminAddressError`.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { paths, address: pool, portOffset, dataPlane, logger, dialectOptions = {} } = options;
  const journal = new Journal(logger);
  const loop = new ControlLoop({
    dataPlane,
    translate: (snapshot, addresses, now) => translate(snapshot, { pool, portOffset, now, addresses, dialectOptions }),
    now: Date.now,
    onFault: (cause) => logger.error({ err: cause }, 'fault in the control loop'),
    onState: (state, previous) => {
      journal.tell(state, previous);
      options.onState?.(state);
    },
  });
  const source = {
    state: () => loop.state,
    metrics: () => dataPlane.metrics(),
    observations: () => dataPlane.observations(),
  };
  const limits = options.folderLimits === undefined ? {} : { limits: options.folderLimits };
  let admin: AdminServer | null = null;
  let watch: FolderWatch;
  try {
    // First, so that health is told, and a taken address is found, before files are read.
    admin = options.admin === null ? null : await startAdmin(options.admin, source);
    watch = await watchFolder(paths, (snapshot) => loop.offer(snapshot), limits);
  } catch (cause) {
    await admin?.close();
    throw cause;
  }
  await loop.settled();
  return {
    admin: admin?.address ?? null,
    state: () => loop.state,
    settled: () => loop.settled(),
    async stop(drainTimeout) {
      watch.close();
      await loop.stop();
      await dataPlane.drain(drainTimeout);
      await admin?.close();
    },
  };
}
