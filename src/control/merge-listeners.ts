import type { Finding } from '../model/finding.ts';
import { bySpecificity, covers } from '../model/hostname.ts';
import { isHttpSection, type Listener, type ListenerSection } from '../model/listener.ts';
import type { Model, Table } from '../model/model.ts';
import { describeObject } from '../model/origin.ts';

/** What one dialect opens and serves. */
export interface DialectListeners {
  readonly dialect: string;
  readonly model: Pick<Model, 'listeners' | 'virtualHosts'>;
}

export interface MergedListeners {
  readonly listeners: Table<Listener>;
  readonly clashes: readonly Finding[];
  /** Whether a listener that a dialect asked for is not opened for it, because an earlier one wants something else there. */
  isRefused(dialect: string, listener: string): boolean;
}

/**
 * The listeners of several dialects. Two may share a socket that speaks the same: then the most specific host name serves
 * a request, whoever states it. Where host names clash, the first dialect keeps its own, and what the other says of that
 * host is left out.
 */
export function mergeListeners(parts: readonly DialectListeners[]): MergedListeners {
  const merged = new Map<string, SharedListener>();
  const refused = new Set<string>();
  const clashes: Finding[] = [];
  for (const { dialect, model } of parts) {
    for (const listener of Object.values(model.listeners)) {
      const sections = listener.sections.map((section) => ({ dialect, section, hosts: hostsOf(section, model) }));
      const shared = merged.get(listener.id);
      if (shared === undefined) merged.set(listener.id, { listener, sections });
      else if (!speakAlike(shared.listener, listener)) {
        refused.add(keyOf(dialect, listener.id));
        clashes.push(protocolClash(shared, dialect, listener));
      } else merged.set(listener.id, share(shared, listener, sections, clashes));
    }
  }
  return {
    listeners: Object.fromEntries([...merged].map(([id, shared]) => [id, toListener(shared)])),
    clashes,
    isRefused: (dialect, listener) => refused.has(keyOf(dialect, listener)),
  };
}

interface OwnedSection {
  readonly dialect: string;
  readonly section: ListenerSection;
  /** Whom it serves, as virtual hosts or streams. */
  readonly hosts: readonly string[];
}

interface SharedListener {
  readonly listener: Listener;
  readonly sections: readonly OwnedSection[];
}

const keyOf = (dialect: string, listener: string): string => `${dialect} ${listener}`;

function toListener({ listener, sections }: SharedListener): Listener {
  const isAsStated = sections.length === listener.sections.length;
  if (isAsStated && sections.every(({ section }, index) => section === listener.sections[index])) return listener;
  const sorted = sections.map(({ section }) => section).sort((a, b) => bySpecificity(a.hostname, b.hostname));
  return { ...listener, sections: sorted };
}

function hostsOf(section: ListenerSection, { virtualHosts }: DialectListeners['model']): readonly string[] {
  if (!isHttpSection(section)) return section.streams.map(({ hostname }) => hostname);
  return section.virtualHosts.flatMap((id) => virtualHosts[id]?.hostname ?? []);
}

/** HTTPS is TLS whose sections all carry HTTP. */
function speakAlike(a: Listener, b: Listener): boolean {
  const spoken = ({ protocol }: Listener): string => (protocol === 'HTTPS' ? 'TLS' : protocol);
  return spoken(a) === spoken(b) && (spoken(a) === 'TLS' || a.protocol === 'HTTP');
}

function share(
  shared: SharedListener,
  { id, protocol }: Listener,
  sections: readonly OwnedSection[],
  clashes: Finding[],
): SharedListener {
  const taken = sections.filter((owned) => {
    const clash = shared.sections.flatMap((other) => hostClash(other, owned) ?? []).at(0);
    if (clash !== undefined) clashes.push(findingOf(id, clash));
    return clash === undefined;
  });
  const isTls = taken.length > 0 && protocol === 'TLS';
  const listener = isTls ? { ...shared.listener, protocol } : shared.listener;
  return { listener, sections: [...shared.sections, ...taken] };
}

interface HostClash {
  readonly hostname: string;
  readonly first: OwnedSection;
  readonly second: OwnedSection;
}

/**
 * A section takes all requests that its hostname covers, so that two clash that have the same, and two of which the more
 * specific covers a host that the other one serves.
 */
function hostClash(first: OwnedSection, second: OwnedSection): HostClash | null {
  const [a, b] = [first.section.hostname, second.section.hostname];
  if (a === b) return { hostname: a, first, second };
  const shadowed = covers(a, b)
    ? first.hosts.find((host) => covers(b, host))
    : covers(b, a)
      ? second.hosts.find((host) => covers(a, host))
      : undefined;
  return shadowed === undefined ? null : { hostname: shadowed, first, second };
}

function findingOf(listener: string, { hostname, first, second }: HostClash): Finding {
  const name = hostname === '' ? 'every host without a section of its own' : hostname;
  const [keeper, loser] = [describeObject(first.section.origin), describeObject(second.section.origin)];
  return {
    severity: 'error',
    reason: 'HostnameConflict',
    message: `${name} on ${listener} is said by ${first.dialect} (${keeper}) and by ${second.dialect} (${loser})`,
    effect: `its requests go where ${keeper} says; what ${loser} says of ${second.section.hostname || 'every host'} there is left out`,
    remedy:
      'let one of the two have the host name, or keep them apart: by port, or by address, which --address with a CIDR does',
    origin: second.section.origin,
  };
}

function protocolClash(shared: SharedListener, dialect: string, listener: Listener): Finding {
  const [first] = shared.sections;
  const [section] = listener.sections;
  const keeper = first === undefined ? 'another dialect' : `${first.dialect} (${describeObject(first.section.origin)})`;
  const origin = section?.origin ?? first?.section.origin;
  if (origin === undefined) throw new Error(`${listener.id} has no section`);
  return {
    severity: 'error',
    reason: 'DialectConflict',
    message: `${listener.id} speaks ${shared.listener.protocol} for ${keeper}, and cannot speak ${listener.protocol} for ${dialect}`,
    effect: `nothing of ${dialect} is served on ${listener.id}`,
    remedy: 'keep the two apart: by port, or by address, which --address with a CIDR does',
    origin,
  };
}
