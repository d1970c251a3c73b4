import type { Timeouts } from '../../../model/route.ts';
import type { RetryPolicy, TimeoutPolicy } from '../../../resources/generated/contour-types.ts';
import { parseGoDuration, parseTimeout, type Timeout } from '../duration.ts';
import type { Settings } from '../settings.ts';

/** The times of a route. */
export type TimeoutsResult =
  | {
      readonly type: 'timeouts';
      readonly timeouts: Timeouts;
      /** Of connections to the backend on which nothing happens, milliseconds; undefined leaves it to the gateway. */
      readonly idleConnection: number | null | undefined;
    }
  | { readonly type: 'invalid'; readonly message: string; readonly field: 'response' | 'idle' | 'idleConnection' };

const names = { response: 'response', idle: 'idle', idleConnection: 'idle connection' } as const;

/** Reads a route's `timeoutPolicy`, and the time for each try from its `retryPolicy`. */
export function readTimeouts(
  policy: TimeoutPolicy | undefined,
  retry: RetryPolicy | undefined,
  { requestTimeout, streamIdleTimeout }: Pick<Settings, 'requestTimeout' | 'streamIdleTimeout'>,
): TimeoutsResult {
  const read = {
    response: parseTimeout(policy?.response),
    idle: parseTimeout(policy?.idle),
    idleConnection: parseTimeout(policy?.idleConnection),
  };
  for (const field of ['response', 'idle', 'idleConnection'] as const) {
    const timeout = read[field];
    if (timeout.type !== 'invalid') continue;
    return { type: 'invalid', message: `error parsing ${names[field]} timeout: ${timeout.message}`, field };
  }
  const response = limitOf(read.response);
  const stated = limitOf(read.idle);
  const idle = stated === undefined ? streamIdleTimeout : stated;
  return {
    type: 'timeouts',
    timeouts: {
      request: response === undefined ? requestTimeout : response,
      backendRequest: perTryTimeout(retry),
      ...(idle === undefined ? {} : { idle }),
    },
    idleConnection: limitOf(read.idleConnection),
  };
}

function limitOf(timeout: Timeout): number | null | undefined {
  if (timeout.type === 'none') return null;
  return timeout.type === 'limit' ? timeout.milliseconds : undefined;
}

/** What is no duration sets no limit, as with the peer. */
function perTryTimeout(retry: RetryPolicy | undefined): number | null {
  const parsed = parseGoDuration(retry?.perTryTimeout ?? '');
  return parsed.type === 'duration' && parsed.milliseconds > 0 ? Math.max(1, Math.round(parsed.milliseconds)) : null;
}
