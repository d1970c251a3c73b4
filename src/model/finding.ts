import type { ObjectReference, Origin } from './origin.ts';

export type Severity = 'error' | 'warning' | 'info';

/**
 * Something a person should know, with its cause, its place and what to do about it.
 *
 * Translation, `DataPlane.check`, `DataPlane.apply` and probes all produce findings; status conditions, `farside check`
 * and the admin API all show the same ones.
 */
export interface Finding {
  readonly severity: Severity;
  /** CamelCase, the status condition's reason where there is one (`InvalidCACertificateRef`). */
  readonly reason: string;
  /** One sentence that names the cause. Never holds key material. */
  readonly message: string;
  /** What follows for traffic (`shop/orders answers 503 on every route`), where something does. */
  readonly effect?: string;
  /** What to do about it, as an instruction. */
  readonly remedy: string;
  readonly origin: Origin;
  /** The object that asked for the one with the fault, where that is another. */
  readonly parent?: ObjectReference;
}
