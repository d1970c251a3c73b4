import type { Finding } from '../model/finding.ts';
import type { Model } from '../model/model.ts';
import { describeObject, type Origin } from '../model/origin.ts';
import type { BackendSecurity } from '../model/tls.ts';

/** What one dialect makes of the ports of Services. */
export interface DialectBackends {
  readonly dialect: string;
  readonly model: Pick<Model, 'backends' | 'trustBundles'>;
}

/**
 * One finding for each port of a Service that two dialects describe differently, as far as encryption and verification
 * go. Each route follows its own dialect; who changed one of the two most likely wanted to change both.
 */
export function compareServices(parts: readonly DialectBackends[]): readonly Finding[] {
  const described = parts.map(({ dialect, model }) => ({ dialect, services: describe(model) }));
  return described.flatMap((second, index) => described.slice(0, index).flatMap((first) => differences(first, second)));
}

interface Described {
  readonly dialect: string;
  /** By service: what is said of it, by what that means. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, Statement>>;
}

interface Statement {
  /** As people read it. */
  readonly text: string;
  /** The place that says it. */
  readonly origin: Origin;
}

function describe({ backends, trustBundles }: DialectBackends['model']): Described['services'] {
  const services = new Map<string, Map<string, Statement>>();
  for (const { service, protocol, security } of Object.values(backends)) {
    // Streams may be passed through: that says nothing about the Service.
    if (protocol === 'tcp' || protocol === 'udp') continue;
    let said = services.get(service);
    if (said === undefined) {
      said = new Map();
      services.set(service, said);
    }
    const { meaning, ...statement } = describeSecurity(security, trustBundles);
    if (!said.has(meaning)) said.set(meaning, statement);
  }
  return services;
}

function differences(first: Described, second: Described): readonly Finding[] {
  return [...second.services].flatMap(([service, said]): readonly Finding[] => {
    const other = first.services.get(service);
    if (other === undefined) return [];
    const only = [...said].find(([meaning]) => !other.has(meaning));
    const otherOnly = [...other].find(([meaning]) => !said.has(meaning));
    if (only === undefined && otherOnly === undefined) return [];
    const mine = statementOf(only, said);
    const others = statementOf(otherOnly, other);
    return [
      {
        severity: 'warning',
        reason: 'ServiceDescribedDifferently',
        message: `${service} is ${others.text} in ${first.dialect} (${describeObject(others.origin)}), and ${mine.text} in ${second.dialect} (${describeObject(mine.origin)})`,
        effect: 'each route follows what its own dialect says',
        remedy: 'say the same in both, or point routes of one of them elsewhere',
        origin: mine.origin,
      },
    ];
  });
}

/** The statement that the other one lacks; where each of this one's has a like there, any. */
function statementOf(entry: readonly [string, Statement] | undefined, all: ReadonlyMap<string, Statement>): Statement {
  const [, statement] = entry ?? ([...all][0] as [string, Statement]);
  return statement;
}

function describeSecurity(
  security: BackendSecurity,
  bundles: Model['trustBundles'],
): Statement & { readonly meaning: string } {
  if (security.type === 'plaintext') return { meaning: 'plaintext', text: 'plaintext', origin: security.origin };
  if (security.type === 'refused') {
    return { meaning: 'refused', text: `refused (${security.reason})`, origin: security.origin };
  }
  const { verification, names } = security.tls;
  const { value, origin } = verification;
  if (value.type === 'none') return { meaning: 'unverified', text: 'TLS that nobody verifies', origin };
  const accepted = names.value.map((name) => name.value).sort();
  const by = value.type === 'system' ? 'the system' : [...value.bundles].sort().join(' and ');
  // The same CA may be in a ConfigMap for one and in a Secret for the other.
  const authorities = value.type === 'system' ? [] : value.bundles.flatMap((id) => bundles[id]?.authorities ?? []);
  const fingerprints = [...new Set(authorities.map(({ fingerprint }) => fingerprint))].sort();
  const meaning = JSON.stringify([value.type, accepted, fingerprints]);
  return { meaning, text: `TLS of ${accepted.join(' or ')}, verified by ${by}`, origin };
}
