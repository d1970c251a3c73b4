import { createSecureContext, getCiphers } from 'node:tls';
import type { LoadBalancing } from '../../model/balancing.ts';
import type { Finding } from '../../model/finding.ts';
import type { Model } from '../../model/model.ts';
import type { Decided, Origin } from '../../model/origin.ts';
import type { SessionPersistence } from '../../model/session.ts';
import { AffinityCookie } from './proxy/balancing/affinity-cookie.ts';
import { carrierOf } from './proxy/sessions/session-carrier.ts';

/** What of a model this data plane cannot do: most of it is what OpenSSL, as Node brings it, cannot. */
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
  return [...findings, ...checkBalancing(model)];
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

/** What requests and streams are to be told apart by, and cannot be. */
function checkBalancing({ routes, streams }: Model): readonly Finding[] {
  return [
    ...Object.values(routes).flatMap(({ action, origin }) => {
      if (action.type !== 'forward') return [];
      const ownOnes = action.destinations.map((each) => (each.type === 'backend' ? each.balancing : undefined));
      return [
        ...[action.balancing, ...ownOnes].flatMap((balancing) => checkCookies(balancing, origin)),
        ...(action.sessions === undefined ? [] : checkSessions(action.sessions, origin)),
      ];
    }),
    ...Object.values(streams).flatMap(({ balancing, origin }) => checkStream(balancing, origin)),
  ];
}

function checkCookies(balancing: LoadBalancing | undefined, origin: Origin): readonly Finding[] {
  if (balancing?.type !== 'consistent-hash') return [];
  return balancing.keys.flatMap((key): readonly Finding[] => {
    if (key.type !== 'cookie' || key.issue === undefined) return [];
    if (AffinityCookie.create(key.name, key.issue) !== null) return [];
    return [
      {
        severity: 'error',
        reason: 'Unsupported',
        message: `the cookie ${JSON.stringify(key.name)} cannot be issued: its name, or its path, could not stand in a Set-Cookie field`,
        effect: 'clients that have no such cookie are not kept at one endpoint',
        remedy: 'name it with letters, digits and hyphens, and leave semicolons out of its path',
        origin,
      },
    ];
  });
}

function checkSessions({ carrier }: SessionPersistence, origin: Origin): readonly Finding[] {
  if (carrierOf(carrier) !== null) return [];
  return [
    {
      severity: 'error',
      reason: 'Unsupported',
      message: `the ${carrier.type} ${JSON.stringify(carrier.name)} cannot carry sessions: its name, or its path, could not stand in a field`,
      effect: 'requests of one session reach any endpoint',
      remedy: 'name it with letters, digits and hyphens, and leave semicolons out of its path',
      origin,
    },
  ];
}

function checkStream(balancing: LoadBalancing | undefined, origin: Origin): readonly Finding[] {
  if (balancing?.type !== 'consistent-hash' || balancing.keys.some(({ type }) => type === 'source-address')) return [];
  return [
    {
      severity: 'warning',
      reason: 'Unsupported',
      message: 'a stream has nothing that it could be told apart by but the address of its client',
      effect: 'its endpoints are chosen in turn',
      remedy: "hash the client's address, or choose another strategy",
      origin,
    },
  ];
}
