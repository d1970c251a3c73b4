import type { Endpoint } from '../../../model/backend.ts';

/** What health checks made of one endpoint of one backend. */
export interface Verdict {
  /** `Backend.id`. */
  readonly backend: string;
  readonly address: string;
  readonly port: number;
  readonly healthy: boolean;
  /** Why the last check failed, in a sentence; empty where it passed. */
  readonly cause: string;
}

export type VerdictKey = string;

export function verdictKey(backend: string, { address, port }: Pick<Endpoint, 'address' | 'port'>): VerdictKey {
  return `${backend} ${address} ${port}`;
}
