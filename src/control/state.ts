import type { StatusDocument } from '../dialects/dialect.ts';
import type { Finding } from '../model/finding.ts';
import { emptyModel, type Model } from '../model/model.ts';

/** What the gateway is doing. Immutable; each revision brings a new one. */
export interface GatewayState {
  /** The revision in force. 0 before the first. */
  readonly revision: number;
  /** The model in force; listeners that could not be opened are in it. */
  readonly model: Model;
  /** Ids of the listeners that are open. */
  readonly open: readonly string[];
  /** Findings of the source, the translation and the data plane together. */
  readonly findings: readonly Finding[];
  readonly status: readonly StatusDocument[];
  readonly readiness: Readiness;
}

/**
 * `cause` says, in a sentence, why the gateway is not ready. `stale` says why what is in force may be older than what is
 * asked for (an API server that is away): traffic goes on, so that this alone makes nobody unready.
 */
export type Readiness = { readonly stale?: string } & (
  | { readonly ready: true }
  | { readonly ready: false; readonly cause: string }
);

export const initialState: GatewayState = {
  revision: 0,
  model: emptyModel,
  open: [],
  findings: [],
  status: [],
  readiness: { ready: false, cause: 'no configuration is in force yet' },
};

/**
 * Ready is who has every listener of the current configuration open. A new configuration that opens no further listener
 * does not take readiness away while it is put in force: what is open serves the old one until then.
 */
export function readinessOf(model: Model, open: readonly string[], why: string | null = null): Readiness {
  const closed = Object.keys(model.listeners).filter((id) => !open.includes(id));
  if (closed.length === 0) return { ready: true };
  return { ready: false, cause: `not open: ${closed.join(', ')}${why === null ? '' : ` (${why})`}` };
}
