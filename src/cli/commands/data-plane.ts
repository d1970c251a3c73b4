import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { AdminAddressError } from '../../control/admin/server.ts';
import { startFollower } from '../../control/follower.ts';
import { NodeDataPlane } from '../../dataplanes/node/dataplane.ts';
import { growHeapSlowly, MemoryReturn } from '../../dataplanes/node/heap.ts';
import { readStreamCredentials } from '../../infrastructure/stream/credentials.ts';
import type { CliContext, DataPlaneFlags } from '../app.ts';
import { CommandFailure } from '../failure.ts';
import { createLogger } from '../log.ts';
import { paintFor } from '../report/paint.ts';
import { untilAskedToEnd } from '../signals.ts';
import { logWorkerEvent } from '../worker-events.ts';

/** Milliseconds. */
const timings = {
  /** Until those who send requests here have learnt that they should not any more. */
  farewell: 5_000,
  /** That requests in flight get to end after that. Both together are less than the grace that the pod has. */
  drain: 20_000,
};

/** Carries the traffic that a controller describes, until it is asked to end. */
export async function dataPlane(this: CliContext, flags: DataPlaneFlags): Promise<void> {
  const { controller, credentials: folder, admin, workers, logFormat, logLevel } = flags;
  const ended = untilAskedToEnd();
  growHeapSlowly();
  const logger = createLogger(logFormat, logLevel, this.stdout, paintFor(this.stdout, this.environment));
  const logsRequests = logLevel === 'info' || logLevel === 'debug';
  const traffic = new NodeDataPlane({
    refusesOwnAddresses: true,
    workers,
    ...(logsRequests ? { accessLog: { format: logFormat, output: this.stdout } } : {}),
    onWorkerEvent: (event) => logWorkerEvent(logger, event),
  });
  const memory = new MemoryReturn();
  const follower = await startFollower({
    controller,
    credentials: () => readStreamCredentials(folder),
    onState: () => memory.changed(),
    pod: this.environment.POD_NAME ?? hostname(),
    admin,
    dataPlane: traffic,
    anyAddress: (await canListenOn('::')) ? '::' : '0.0.0.0',
    logger,
  }).catch(async (cause: unknown) => {
    await traffic.drain(0);
    throw cause instanceof AdminAddressError ? new CommandFailure(cause.message, { cause }) : cause;
  });
  if (follower.admin !== null) logger.info(`admin API on http://${follower.admin.host}:${follower.admin.port}`);
  const signal = await ended;
  const [farewell, drain] = [timings.farewell / 1_000, timings.drain / 1_000];
  logger.info(`${signal}: serving on for ${farewell} s; requests in flight then get ${drain} s`);
  await follower.stop(timings.farewell, timings.drain);
}

/** A machine without IPv6 has no `::`. */
function canListenOn(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: address, port: 0 }, () => server.close(() => resolve(true)));
  });
}
