import type { GroupKind } from './object.ts';

/** A kind of which a cluster serves no version that is read here: whatever objects of it there are, nobody sees them. */
export interface UnservedKind extends GroupKind {
  /** The versions that are read (`v1`), and those that the cluster serves instead; most often none. */
  readonly read: readonly string[];
  readonly served: readonly string[];
}
