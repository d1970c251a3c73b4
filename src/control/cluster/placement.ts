import type { Logger } from 'pino';
import type { DataPlane } from '../../dataplanes/dataplane.ts';
import { RemoteDataPlane } from '../../dataplanes/node/remote/remote-data-plane.ts';
import type { AddressPool } from '../../infrastructure/address-pool.ts';
import type { Observation } from '../../model/observation.ts';
import type { GroupKind } from '../../resources/object.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';
import type { MeasuredDataPlane } from '../gateway.ts';
import type { LoopOptions } from '../loop.ts';
import type { TranslateOptions } from '../translate.ts';
import type { TranslatedState } from '../translated-state.ts';
import { renderControllerMetrics } from './controller-metrics.ts';
import { DataPlanes, type DataPlanesOptions } from './data-planes.ts';
import { infrastructureKinds } from './own-objects.ts';
import { SelectionWriter } from './selection-writer.ts';

/** Where the traffic is carried. */
export type Placement =
  | {
      /** In this machine, by every controller. */
      readonly type: 'machine';
      /** The range from which each Gateway gets an address of this machine, or the one that all share. */
      readonly address: AddressPool;
      readonly portOffset: number;
      /** Not drained where the start fails: whoever made it ends it then. */
      readonly dataPlane: MeasuredDataPlane;
    }
  /** In pods, of which each Gateway has its own. */
  | ({ readonly type: 'pods' } & Pick<DataPlanesOptions, 'namespace' | 'deployment' | 'stream' | 'installation'>);

/** A placement at work. */
export interface Carrier {
  readonly dataPlane: DataPlane;
  /** What is to be watched beyond what the dialects read. */
  readonly kinds: readonly GroupKind[];
  readonly addressing: Pick<TranslateOptions, 'pool' | 'portOffset'>;
  readonly readiness: Pick<LoopOptions, 'readiness'>;
  metrics(state: TranslatedState): Promise<string>;
  observations(): Promise<readonly Observation[]>;
  update(state: TranslatedState): void;
  /** A Secret of the cluster is another one, or gone. */
  secretChanged(namespace: string, name: string): void;
  /** Resolves when what is open is known as well as an earlier leader knew it. Never rejects. */
  lead(): Promise<void>;
  /** Never rejects. */
  stop(): Promise<void>;
}

export function carrierOf(placement: Placement, client: ApiClient, logger: Logger): Carrier {
  return placement.type === 'machine' ? inMachine(placement) : inPods(placement, client, logger);
}

function inMachine({ address, portOffset, dataPlane }: Placement & { readonly type: 'machine' }): Carrier {
  return {
    dataPlane,
    kinds: [],
    addressing: { pool: address, portOffset },
    readiness: {},
    metrics: () => dataPlane.metrics(),
    observations: () => dataPlane.observations(),
    update() {},
    secretChanged() {},
    async lead() {},
    async stop() {},
  };
}

function inPods(placement: Placement & { readonly type: 'pods' }, client: ApiClient, logger: Logger): Carrier {
  const { type: _, ...options } = placement;
  const remote = new RemoteDataPlane();
  const dataPlanes = new DataPlanes({ ...options, client, remote, logger });
  const selections = new SelectionWriter({
    client,
    onTrouble: (backend, cause) => {
      if (cause === null) logger.info(`the pods of ${backend} are looked up`);
      else logger.error({ cause: cause.message }, `the pods of ${backend} cannot be looked up; trying again`);
    },
  });
  return {
    dataPlane: remote,
    kinds: infrastructureKinds,
    addressing: { pool: { type: 'services', namespace: options.namespace }, portOffset: 0 },
    // Pods reach the controller through a Service, which leads to who is ready: it must not wait for them.
    readiness: { readiness: () => ({ ready: true }) },
    metrics: async (state) => renderControllerMetrics(state, remote.followers(), dataPlanes.isLeading),
    // What pods see of backends is told by their own admin servers.
    observations: async () => [],
    update(state) {
      dataPlanes.update(state);
      selections.update(state);
    },
    secretChanged: (namespace, name) => dataPlanes.secretChanged(namespace, name),
    async lead() {
      selections.lead();
      await dataPlanes.lead();
    },
    async stop() {
      await Promise.all([selections.stop(), dataPlanes.stop()]);
    },
  };
}
