import { createSecureContext, getCiphers } from 'node:tls';
import type { Finding } from '../../model/finding.ts';
import type { Model } from '../../model/model.ts';
import type { Decided } from '../../model/origin.ts';

/** What OpenSSL, as Node brings it, cannot do of a model. */
export function checkModel(model: Model): Finding[] {
  const findings: Finding[] = [];
  for (const backend of Object.values(model.backends)) {
    if (backend.security.type !== 'tls') continue;
    const { ciphers, groups } = backend.security.tls;
    const effect = `${backend.service} answers 503 on every route`;
    findings.push(...unknown(ciphers, 'cipher', isCipher, effect), ...unknown(groups, 'group', isGroup, effect));
  }
  for (const listener of Object.values(model.listeners)) {
    for (const { name, tls, origin } of listener.sections) {
      const ciphers: Decided<readonly string[] | null> = { value: tls?.ciphers ?? null, origin };
      findings.push(...unknown(ciphers, 'cipher', isCipher, `${name} takes no TLS connection`));
    }
  }
  return findings;
}

function unknown(
  { value, origin }: Decided<readonly string[] | null>,
  what: string,
  isKnown: (name: string) => boolean,
  effect: string,
): Finding[] {
  const names = (value ?? []).filter((name) => !isKnown(name));
  if (names.length === 0) return [];
  const message = `OpenSSL ${process.versions.openssl} knows no ${what} ${names.map((name) => JSON.stringify(name)).join(', ')}`;
  const remedy = `use OpenSSL's names of ${what}s that this version has`;
  return [{ severity: 'error', reason: 'Unsupported', message, effect, remedy, origin }];
}

let ciphers: ReadonlySet<string> | null = null;

function isCipher(name: string): boolean {
  ciphers ??= new Set(getCiphers());
  return ciphers.has(name.toLowerCase());
}

const groups = new Map<string, boolean>();

/** OpenSSL has no list of its groups to look into. */
function isGroup(name: string): boolean {
  let known = groups.get(name);
  if (known === undefined) {
    known = accepts(name);
    groups.set(name, known);
  }
  return known;
}

function accepts(group: string): boolean {
  try {
    createSecureContext({ ecdhCurve: group });
    return true;
  } catch {
    return false;
  }
}
