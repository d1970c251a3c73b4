import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { AdminAddressError } from '../control/admin/server.ts';
import { type RunningGateway, startGateway } from '../control/gateway.ts';
import { NodeDataPlane } from '../dataplanes/node/dataplane.ts';
import type { DialectsOptions } from '../dialects/dialect.ts';
import type { AddressPool } from '../infrastructure/address-pool.ts';
import { CommandFailure } from './failure.ts';
import type { HostPort } from './flags.ts';
import { logWorkerEvent } from './worker-events.ts';

export interface GatewayProcessOptions {
  readonly paths: readonly string[];
  readonly address: AddressPool;
  readonly portOffset: number;
  readonly dialectOptions?: DialectsOptions;
  readonly admin: HostPort;
  readonly workers: number;
  readonly logger: Logger;
  /** Null writes no access log. */
  readonly accessLog: { readonly format: 'text' | 'json'; readonly output: Writable } | null;
}

/** The embedded data plane and the control loop, in this process. Fails with `CommandFailure`. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<RunningGateway> {
  const { paths, address, portOffset, admin, workers, logger, accessLog, dialectOptions = {} } = options;
  const dataPlane = new NodeDataPlane({
    workers,
    ...(accessLog === null ? {} : { accessLog }),
    onWorkerEvent: (event) => logWorkerEvent(logger, event),
  });
  try {
    return await startGateway({ paths, address, portOffset, admin, dataPlane, logger, dialectOptions });
  } catch (cause) {
    await dataPlane.drain(0);
    if (cause instanceof AdminAddressError) throw new CommandFailure(cause.message, { cause });
    throw cause;
  }
}
