import type { Retry } from '../../../model/route.ts';
import type { RetryPolicy } from '../../../resources/generated/contour-types.ts';

type RetryOn = NonNullable<RetryPolicy['retryOn']>[number];

const serverErrors = Array.from({ length: 100 }, (_, index) => 500 + index);

/** The status codes of each reason for a retry. What never reaches a backend is tried again whatever the reasons are. */
const codesOf: Readonly<Partial<Record<RetryOn, readonly number[]>>> = {
  '5xx': serverErrors,
  'gateway-error': [502, 503, 504],
  'retriable-4xx': [409],
  reset: [],
  'reset-before-request': [],
  'connect-failure': [],
  'refused-stream': [],
  'retriable-status-codes': [],
};

/** Those of gRPC (google.rpc.Code). */
const grpcStatusesOf: Readonly<Partial<Record<RetryOn, number>>> = {
  cancelled: 1,
  'deadline-exceeded': 4,
  'resource-exhausted': 8,
  internal: 13,
  unavailable: 14,
};

export interface ReadRetry {
  readonly retry: Retry;
  /** Reasons that nothing here recognises. */
  readonly ignored: readonly RetryOn[];
}

/** Reads a `retryPolicy`. Without reasons it is `5xx`; a count of -1 tries nothing again, one of 0 tries once. */
export function readRetry({ count, retryOn = [], retriableStatusCodes = [] }: RetryPolicy): ReadRetry {
  const reasons = retryOn.length === 0 ? (['5xx'] as const) : retryOn;
  const stated = reasons.includes('retriable-status-codes') ? retriableStatusCodes : [];
  const grpcStatuses = [...new Set(reasons.flatMap((reason) => grpcStatusesOf[reason] ?? []))].sort((a, b) => a - b);
  const codes = [...reasons.flatMap((reason) => codesOf[reason] ?? []), ...stated];
  return {
    retry: {
      attempts: count === -1 ? 0 : Math.max(1, count),
      codes: [...new Set(codes)].sort((a, b) => a - b),
      ...(grpcStatuses.length === 0 ? {} : { grpcStatuses }),
      backoff: null,
    },
    ignored: reasons.filter((reason) => codesOf[reason] === undefined && grpcStatusesOf[reason] === undefined),
  };
}
