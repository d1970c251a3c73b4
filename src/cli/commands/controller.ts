import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { isLoopback } from '../../control/admin/host.ts';
import { AdminAddressError } from '../../control/admin/server.ts';
import { startClusterGateway } from '../../control/cluster/gateway.ts';
import { NodeDataPlane } from '../../dataplanes/node/dataplane.ts';
import { type ClusterAccess, ClusterAccessError } from '../../sources/kubernetes/access.ts';
import { ApiClient } from '../../sources/kubernetes/client.ts';
import { findCluster } from '../../sources/kubernetes/connect.ts';
import type { CliContext, ControllerFlags } from '../app.ts';
import { CommandFailure } from '../failure.ts';
import { logWorkerEvent } from '../gateway-process.ts';
import { createLogger } from '../log.ts';
import { paintFor } from '../report/paint.ts';
import { untilAskedToEnd } from '../signals.ts';

/** Milliseconds that requests in flight get to end. */
const drainTimeout = 30_000;

/** Serves what a cluster says, in this machine, until it is asked to end. */
export async function controller(this: CliContext, flags: ControllerFlags): Promise<void> {
  const { address, portOffset, admin, workers, logFormat, logLevel, kubeconfig = null, context = null } = flags;
  const ended = untilAskedToEnd();
  const logger = createLogger(logFormat, logLevel, this.stdout, paintFor(this.stdout, this.environment));
  const access = await accessTo(() => findCluster({ kubeconfig, context, environment: this.environment }));
  logger.info(`following the cluster at ${access.server.origin}`);
  const logsRequests = logLevel === 'info' || logLevel === 'debug';
  const dataPlane = new NodeDataPlane({
    workers,
    ...(logsRequests ? { accessLog: { format: logFormat, output: this.stdout } } : {}),
    onWorkerEvent: (event) => logWorkerEvent(logger, event),
  });
  const election = flags.leaderElection
    ? {
        namespace: flags.leaderElectionNamespace ?? access.namespace,
        name: flags.leaderElectionName,
        identity: `${hostname()}_${randomUUID()}`,
      }
    : null;
  const client = new ApiClient(access);
  const gateway = await startClusterGateway({ client, address, portOffset, admin, dataPlane, logger, election }).catch(
    async (cause: unknown) => {
      await dataPlane.drain(0);
      throw cause instanceof AdminAddressError ? new CommandFailure(cause.message, { cause }) : cause;
    },
  );
  if (gateway.admin !== null) tellAdmin(logger, gateway.admin.host, gateway.admin.port);
  const signal = await ended;
  logger.info(`${signal}: taking no new requests; those in flight get ${drainTimeout / 1_000} s`);
  await gateway.stop(drainTimeout);
}

async function accessTo(find: () => Promise<ClusterAccess>): Promise<ClusterAccess> {
  try {
    return await find();
  } catch (cause) {
    if (cause instanceof ClusterAccessError) throw new CommandFailure(cause.message, { cause });
    throw cause;
  }
}

function tellAdmin(logger: Logger, host: string, port: number): void {
  logger.info(`admin API on http://${host}:${port}`);
  if (!isLoopback(host)) logger.warn('the admin API can be reached from other machines: it asks nobody who they are');
}
