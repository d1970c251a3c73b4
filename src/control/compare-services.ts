import type { Backend } from '../model/backend.ts';
import type { Finding } from '../model/finding.ts';
import type { Model } from '../model/model.ts';
import { describeObject, type Origin } from '../model/origin.ts';
import type { BackendSecurity } from '../model/tls.ts';

/** What one dialect makes of the ports of Services. */
export interface DialectBackends {
  readonly dialect: string;
  readonly model: Pick<Model, 'backends'>;
}

/**
 * One finding for each port of a Service that two dialects describe differently, as far as encryption and verification
 * go. Each route follows its own dialect; who changed one of the two most likely wanted to change both.
 */
export function compareServices(parts: readonly DialectBackends[]): readonly Finding[] {
  const described = parts.map(({ dialect, model }) => ({ dialect, services: describe(Object.values(model.backends)) }));
  return described.flatMap((second, index) => described.slice(0, index).flatMap((first) => differences(first, second)));
}

interface Described {
  readonly dialect: string;
  /** By service: what is said of it, each with the place that says it. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Origin>>;
}

function describe(backends: readonly Backend[]): Described['services'] {
  const services = new Map<string, Map<string, Origin>>();
  for (const { service, protocol, security } of backends) {
    // Streams may be passed through: that says nothing about the Service.
    if (protocol === 'tcp' || protocol === 'udp') continue;
    let said = services.get(service);
    if (said === undefined) {
      said = new Map();
      services.set(service, said);
    }
    const { text, origin } = describeSecurity(security);
    if (!said.has(text)) said.set(text, origin);
  }
  return services;
}

function differences(first: Described, second: Described): readonly Finding[] {
  return [...second.services].flatMap(([service, said]): readonly Finding[] => {
    const other = first.services.get(service);
    if (other === undefined) return [];
    const only = [...said].find(([text]) => !other.has(text));
    const otherOnly = [...other].find(([text]) => !said.has(text));
    if (only === undefined && otherOnly === undefined) return [];
    const [text, origin] = only ?? ([...said][0] as [string, Origin]);
    const [otherText, otherOrigin] = otherOnly ?? ([...other][0] as [string, Origin]);
    return [
      {
        severity: 'warning',
        reason: 'ServiceDescribedDifferently',
        message: `${service} is ${otherText} in ${first.dialect} (${describeObject(otherOrigin)}), and ${text} in ${second.dialect} (${describeObject(origin)})`,
        effect: 'each route follows what its own dialect says',
        remedy: 'say the same in both, or point routes of one of them elsewhere',
        origin,
      },
    ];
  });
}

function describeSecurity(security: BackendSecurity): { readonly text: string; readonly origin: Origin } {
  if (security.type === 'plaintext') return { text: 'plaintext', origin: security.origin };
  if (security.type === 'refused') return { text: `refused (${security.reason})`, origin: security.origin };
  const { verification, names } = security.tls;
  const { origin } = verification;
  if (verification.value.type === 'none') return { text: 'TLS that nobody verifies', origin };
  const by = verification.value.type === 'system' ? 'the system' : [...verification.value.bundles].sort().join(' and ');
  const accepted = names.value.map(({ value }) => value).sort();
  return { text: `TLS of ${accepted.join(' or ')}, verified by ${by}`, origin };
}
