import type { Finding } from '../model/finding.ts';
import type { KeyMaterial, Model } from '../model/model.ts';

/** Carries the traffic that a model describes. Imports nothing but the model. */
export interface DataPlane {
  /** What this data plane cannot do of the model, known before it is applied. Pure. */
  check(model: Model): readonly Finding[];
  /**
   * Puts a model in force. New configuration is ready before the old one stops, nothing in flight is dropped, and
   * listeners that did not change are not touched. A part that cannot be applied (a port that is taken) yields a
   * finding and leaves the rest in force.
   */
  apply(model: Model, keys: KeyMaterial, revision: number): Promise<Applied>;
  /**
   * Tells of listeners that open or close without an `apply`, because a process of the data plane died or was started
   * anew, and of findings that come and go with the endpoints of backends; from now on, to this one listener. A data plane to which that cannot happen leaves it out.
   */
  onOpenChanged?(listener: (change: OpenChange) => void): void;
  /**
   * Set where listeners that are not open yet open by themselves, and are told of by `onOpenChanged`: to apply the same
   * model once more would not help.
   */
  readonly opensLater?: true;
  /**
   * Serves on, and asks clients to go elsewhere: before `drain`, where others will serve them, so that none meets a
   * connection that closes. A data plane that has no clients of its own leaves it out.
   */
  dismiss?(): void;
  /** Accepts nothing new, lets what is in flight end, at most for the given milliseconds. */
  drain(timeout: number): Promise<void>;
}

/** What is open of the configuration in force. */
export interface OpenChange {
  /** Ids of the listeners. */
  readonly open: readonly string[];
  /** Why others are not, as a part of a sentence; null where all are open. */
  readonly cause: string | null;
  /** What `apply` would say by now. Absent where that is what it said. */
  readonly findings?: readonly Finding[];
}

/** What came of one `apply`. */
export interface Applied {
  readonly revision: number;
  readonly findings: readonly Finding[];
  /** Ids of the listeners that are open with this revision. */
  readonly open: readonly string[];
}
