import { createHash } from 'node:crypto';

/** RFC 1123: Services and label values have room for no more. */
const longest = 63;

/** The name of what a Gateway needs: its own, as far as a Service may have it, and otherwise made one by a hash. */
export function infrastructureName(gateway: string): string {
  return fit(`farside-${gateway}`, /^[a-z0-9-]+$/);
}

/** The value of the label `gateway.networking.k8s.io/gateway-name` (GEP-1762). */
export function gatewayLabel(gateway: string): string {
  return fit(gateway, /^[a-z0-9.-]+$/);
}

/** Two names are never made the same, so that one Gateway's objects are never taken for another's. */
function fit(name: string, allowed: RegExp): string {
  if (name.length <= longest && allowed.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  const kept = name.slice(0, longest - hash.length - 1).replaceAll('.', '-');
  return `${kept.replace(/[-.]+$/, '')}-${hash}`;
}
