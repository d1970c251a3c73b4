import type { Finding } from '../../../model/finding.ts';
import type { Service } from '../../../resources/core.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';

const prefix = 'projectcontour.io/';

const read: ReadonlySet<string> = new Set(['h2', 'h2c', 'tls'].map((name) => `${prefix}upstream-protocol.${name}`));

/** Limits of Envoy's for connections and requests. */
const notDone: ReadonlySet<string> = new Set(
  ['max-connections', 'max-pending-requests', 'max-requests', 'max-retries', 'per-host-max-connections'].map(
    (name) => prefix + name,
  ),
);

/** Annotations of a Service that begin as Contour's and decide nothing: a slip in one is plain HTTP where TLS was meant. */
export function annotationFindings(service: Resource<Service>): readonly Finding[] {
  const names = Object.keys(service.object.metadata.annotations ?? {});
  return names
    .filter((name) => name.startsWith(prefix) && !read.has(name))
    .map((name) => ({
      severity: 'warning',
      reason: 'IgnoredField',
      message: notDone.has(name)
        ? `annotation ${name} sets a limit that nothing here keeps`
        : `annotation ${name} is none that a Service has`,
      remedy: notDone.has(name)
        ? 'remove it, or do not count on it'
        : `write ${prefix}upstream-protocol.tls, .h2 or .h2c, if that is meant`,
      origin: originOf(service, `metadata.annotations[${name}]`),
    }));
}
