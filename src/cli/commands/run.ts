import { isLoopback } from '../../control/admin/host.ts';
import type { CliContext, RunFlags } from '../app.ts';
import { readDialectOptions } from '../dialect-options.ts';
import { startGatewayProcess } from '../gateway-process.ts';
import { createLogger } from '../log.ts';
import { paintFor } from '../report/paint.ts';
import { untilAskedToEnd } from '../signals.ts';
import { refuseMissingPaths } from './folder.ts';

/** Milliseconds that requests in flight get to end. */
const drainTimeout = 30_000;

/** Serves until it is asked to end, then lets what is in flight end. */
export async function run(this: CliContext, flags: RunFlags, ...paths: string[]): Promise<void> {
  refuseMissingPaths(paths);
  const dialectOptions = readDialectOptions(flags);
  // Before anything is served: whoever sees it serve may ask it to end.
  const ended = untilAskedToEnd();
  const { address, portOffset, admin, workers, logFormat, logLevel } = flags;
  const logger = createLogger(logFormat, logLevel, this.stdout, paintFor(this.stdout, this.environment));
  const logsRequests = logLevel === 'info' || logLevel === 'debug';
  const gateway = await startGatewayProcess({
    paths,
    address,
    portOffset,
    dialectOptions,
    admin,
    workers,
    logger,
    accessLog: logsRequests ? { format: logFormat, output: this.stdout } : null,
  });
  if (gateway.admin !== null) {
    logger.info(`admin API on http://${gateway.admin.host}:${gateway.admin.port}`);
    if (!isLoopback(gateway.admin.host)) {
      logger.warn('the admin API can be reached from other machines: it asks nobody who they are');
    }
  }
  const signal = await ended;
  logger.info(`${signal}: taking no new requests; those in flight get ${drainTimeout / 1_000} s`);
  await gateway.stop(drainTimeout);
}
