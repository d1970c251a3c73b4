import type { HealthCheck, HttpHealthCheck, StatusRange, TcpHealthCheck } from '../../../model/health.ts';
import type { HTTPHealthCheckPolicy, TCPHealthCheckPolicy } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';

export type HealthResult =
  | { readonly type: 'check'; readonly check: HttpHealthCheck }
  /** In the peer's words. */
  | { readonly type: 'invalid'; readonly message: string };

/** The host that the peer asks for where a policy names none. */
const defaultHost = 'contour-envoy-healthcheck';

/** Times in seconds and thresholds, where a policy says nothing or zero. */
const defaults = { interval: 10, timeout: 2, unhealthyThreshold: 3, healthyThreshold: 2 };

/** Reads a route's `healthCheckPolicy`, which stands at `field`. Without expected statuses a check passes with 200. */
export function readHttpHealth(owner: Resource, policy: HTTPHealthCheckPolicy, field: string): HealthResult {
  const ranges: StatusRange[] = [];
  for (const { start, end } of policy.expectedStatuses ?? []) {
    const fault = rangeFault(start, end);
    if (fault !== null) return { type: 'invalid', message: `invalid expected status range: ${fault}` };
    // The stated end is the first that does not belong to the range.
    if (end > start) ranges.push({ first: start, last: end - 1 });
  }
  return {
    type: 'check',
    check: {
      type: 'http',
      method: 'GET',
      path: policy.path,
      host: policy.host === undefined || policy.host === '' ? defaultHost : policy.host,
      expectedStatuses: ranges.length === 0 ? [{ first: 200, last: 200 }] : ranges,
      ...readTimes(owner, policy, field),
    },
  };
}

export function readTcpHealth(owner: Resource, policy: TCPHealthCheckPolicy, field: string): TcpHealthCheck {
  return { type: 'tcp', ...readTimes(owner, policy, field) };
}

function rangeFault(start: number, end: number): string | null {
  if (start < 100 || start > 599) return 'start must be in the range [100, 599]';
  return end < 101 || end > 600 ? 'end must be in the range [101, 600]' : null;
}

function readTimes(
  owner: Resource,
  policy: TCPHealthCheckPolicy,
  field: string,
): Omit<Extract<HealthCheck, { type: 'tcp' }>, 'type'> {
  return {
    interval: (policy.intervalSeconds || defaults.interval) * 1_000,
    timeout: (policy.timeoutSeconds || defaults.timeout) * 1_000,
    unhealthyThreshold: policy.unhealthyThresholdCount || defaults.unhealthyThreshold,
    healthyThreshold: policy.healthyThresholdCount || defaults.healthyThreshold,
    // The peer never sends to endpoints that it knows to be unwell.
    panicThreshold: 0,
    origin: originOf(owner, field),
  };
}
