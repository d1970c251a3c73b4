import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { isLoopback } from '../../control/admin/host.ts';
import { AdminAddressError } from '../../control/admin/server.ts';
import { startClusterGateway } from '../../control/cluster/gateway.ts';
import type { Placement } from '../../control/cluster/placement.ts';
import { dialects } from '../../control/parts.ts';
import { NodeDataPlane } from '../../dataplanes/node/dataplane.ts';
import { growHeapSlowly } from '../../dataplanes/node/heap.ts';
import { adminPort, containerPort } from '../../dataplanes/node/remote/container-port.ts';
import type { AddressPool } from '../../infrastructure/address-pool.ts';
import type { Installation } from '../../infrastructure/gateway/parameters.ts';
import { type ClusterAccess, ClusterAccessError } from '../../sources/kubernetes/access.ts';
import { ApiClient } from '../../sources/kubernetes/client.ts';
import { findCluster } from '../../sources/kubernetes/connect.ts';
import type { CliContext, ControllerFlags } from '../app.ts';
import { readDialectOptions } from '../dialect-options.ts';
import { CommandFailure } from '../failure.ts';
import { dialectNames, UsageError } from '../flags.ts';
import { createLogger } from '../log.ts';
import { paintFor } from '../report/paint.ts';
import { untilAskedToEnd } from '../signals.ts';
import { logWorkerEvent } from '../worker-events.ts';

/** Milliseconds that requests in flight get to end. */
const drainTimeout = 30_000;

/** Serves what a cluster says, in this machine or in pods, until it is asked to end. */
export async function controller(this: CliContext, flags: ControllerFlags): Promise<void> {
  const { admin, logFormat, logLevel, kubeconfig = null, context = null } = flags;
  const dialectOptions = readDialectOptions(flags);
  // Before the cluster is looked for.
  const place = placeOf(flags);
  const asked: readonly string[] = flags.dialects ?? dialectNames;
  const ended = untilAskedToEnd();
  growHeapSlowly();
  const logger = createLogger(logFormat, logLevel, this.stdout, paintFor(this.stdout, this.environment));
  const access = await accessTo(() => findCluster({ kubeconfig, context, environment: this.environment }));
  const namespace = flags.namespace ?? access.namespace;
  const placement = placementOf(place, flags, namespace, logger, this.stdout);
  logger.info(`following the cluster at ${access.server.origin}`);
  const election = flags.leaderElection
    ? {
        namespace: flags.leaderElectionNamespace ?? namespace,
        name: flags.leaderElectionName,
        identity: `${hostname()}_${randomUUID()}`,
      }
    : null;
  const client = new ApiClient(access);
  const gateway = await startClusterGateway({
    ...{ client, placement, admin, logger, election, dialectOptions },
    dialects: dialects.filter(({ name }) => asked.includes(name)),
  }).catch(async (cause: unknown) => {
    if (placement.type === 'machine') await placement.dataPlane.drain(0);
    throw cause instanceof AdminAddressError ? new CommandFailure(cause.message, { cause }) : cause;
  });
  if (gateway.admin !== null) tellAdmin(logger, gateway.admin.host, gateway.admin.port);
  const signal = await ended;
  logger.info(
    placement.type === 'machine'
      ? `${signal}: taking no new requests; those in flight get ${drainTimeout / 1_000} s`
      : `${signal}: pods go on with what they have`,
  );
  await gateway.stop(drainTimeout);
}

/** Where Gateways are served, as far as the flags say it. */
type Place =
  | { readonly type: 'machine'; readonly address: AddressPool }
  | { readonly type: 'pods'; readonly installation: Installation };

/** Throws `UsageError` where something is missing that pods need. */
function placeOf({ address, dataPlaneImage: image, streamAddress }: ControllerFlags): Place {
  if (address !== undefined) return { type: 'machine', address };
  if (image === undefined || streamAddress === undefined) {
    throw new UsageError(
      'Gateways need --data-plane-image and --stream-address for their pods; with --address they are served in this machine',
    );
  }
  const { host, port } = streamAddress;
  const controller = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { type: 'pods', installation: { image, controller, adminPort, containerPort } };
}

function placementOf(
  place: Place,
  flags: ControllerFlags,
  namespace: string,
  logger: Logger,
  output: Writable,
): Placement {
  const { portOffset, workers, logFormat, logLevel, stream, deployment = null } = flags;
  if (place.type === 'pods') return { ...place, namespace, stream, deployment };
  const logsRequests = logLevel === 'info' || logLevel === 'debug';
  const dataPlane = new NodeDataPlane({
    refusesOwnAddresses: true,
    workers,
    ...(logsRequests ? { accessLog: { format: logFormat, output } } : {}),
    onWorkerEvent: (event) => logWorkerEvent(logger, event),
  });
  return { ...place, portOffset, dataPlane };
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
  if (!isLoopback(host))
    logger.info('other machines can read health and metrics there, and nothing that is configured');
}
