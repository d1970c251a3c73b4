import type { Finding } from '../../model/finding.ts';
import type { Lookups } from '../../resources/lookups.ts';
import type { RefusedObject, Resource } from '../../resources/object.ts';
import type { UnservedKind } from '../../resources/unserved.ts';

/** The objects of a cluster at one moment. */
export interface ClusterSnapshot {
  readonly objects: readonly Resource[];
  /** The API server refuses by itself. */
  readonly refused: readonly RefusedObject[];
  readonly findings: readonly Finding[];
  /** The kinds that the cluster does not serve. */
  readonly unserved: readonly UnservedKind[];
  readonly lookups: Lookups;
  /** Why the objects may be older than those in the cluster, in a sentence; null where they are up to date. */
  readonly stale: string | null;
}
