import type { Logger } from 'pino';
import type { DataPlane } from '../dataplanes/dataplane.ts';
import { parseAddressPool } from '../infrastructure/address-pool.ts';
import type { FolderLimits } from '../sources/folder/limits.ts';
import { type FolderWatch, watchFolder } from '../sources/folder/watch.ts';
import { type AdminAddress, startAdmin } from './admin/server.ts';
import { describeChanges } from './changes.ts';
import { FindingLog } from './finding-log.ts';
import { ControlLoop } from './loop.ts';
import type { GatewayState } from './state.ts';
import { translate } from './translate.ts';

/** A data plane that also tells how it is doing, in the text format of Prometheus. */
export interface MeasuredDataPlane extends DataPlane {
  metrics(): Promise<string>;
}

export interface GatewayOptions {
  /** Files and folders of YAML and JSON. */
  readonly paths: readonly string[];
  /** An IP address that all Gateways share, or a CIDR from which each gets its own. */
  readonly address: string;
  readonly portOffset: number;
  /** Null for none. Port 0 lets the system choose. */
  readonly admin: AdminAddress | null;
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
 * `AdminAddressError`, and with `RangeError` when the address is none.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { paths, address, portOffset, dataPlane, logger } = options;
  const pool = parseAddressPool(address);
  if (pool === null) throw new RangeError(`"${address}" is neither an IP address nor a CIDR`);
  const journal = new Journal(logger);
  const loop = new ControlLoop({
    dataPlane,
    translate: ({ objects }, addresses, now) => translate(objects, { pool, portOffset, now, addresses }),
    now: Date.now,
    onFault: (cause) => logger.error({ err: cause }, 'fault in the control loop'),
    onState: (state, previous) => {
      journal.tell(state, previous);
      options.onState?.(state);
    },
  });
  // Before anything else, so that health is told, and a taken address is found, while the first files are read.
  const source = { state: () => loop.state, metrics: () => dataPlane.metrics() };
  const admin = options.admin === null ? null : await startAdmin(options.admin, source);
  const limits = options.folderLimits === undefined ? {} : { limits: options.folderLimits };
  let watch: FolderWatch;
  try {
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

/** Tells in the log what changes: revisions, findings that come and go, readiness. */
class Journal {
  readonly #logger: Logger;
  readonly #findings: FindingLog;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#findings = new FindingLog(logger);
  }

  tell(state: GatewayState, previous: GatewayState): void {
    if (state.findings !== previous.findings) this.#findings.update(state.findings);
    const { revision, model, open, readiness } = state;
    const changes = describeChanges(previous.model, model);
    if (revision !== previous.revision && changes !== '') {
      this.#logger.info({ revision }, `revision ${revision} is in force: ${changes}`);
    }
    if (readiness.ready && !previous.readiness.ready) {
      this.#logger.info({ open }, `ready: ${open.length === 0 ? 'no listener is asked for' : open.join(', ')}`);
    } else if (!readiness.ready && previous.readiness.ready) {
      this.#logger.warn(`not ready: ${readiness.cause}`);
    }
  }
}
