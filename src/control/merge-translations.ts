import type { Translation } from '../dialects/dialect.ts';
import type { Finding } from '../model/finding.ts';
import { isHttpSection } from '../model/listener.ts';
import type { Model, Table } from '../model/model.ts';
import { describeObject, nowhere, type Origin } from '../model/origin.ts';
import { compareServices } from './compare-services.ts';
import { mergeListeners } from './merge-listeners.ts';

/** What one dialect made of the objects. */
export interface DialectTranslation {
  /** The dialect's name. */
  readonly dialect: string;
  readonly translation: Translation;
}

/**
 * One translation of several. Listeners are shared as far as host names allow it. Of anything else, where two dialects give
 * something different of one id, what the first gives counts and a finding tells of the other; equal values (the
 * endpoints of one Service) are no clash.
 */
export function mergeTranslations(parts: readonly DialectTranslation[]): Translation {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only.translation;
  const clashes: Finding[] = [];
  const merge = <T>(tableOf: (translation: Translation) => Table<T>): Table<T> =>
    mergeTables(
      parts.map(({ dialect, translation }) => ({ dialect, table: tableOf(translation) })),
      clashes,
    );
  const models = parts.map(({ dialect, translation }) => ({ dialect, model: translation.model }));
  const { listeners, clashes: ofListeners, isRefused } = mergeListeners(models);
  clashes.push(...ofListeners, ...compareServices(models));
  const served = {
    listeners,
    virtualHosts: merge(({ model }) => model.virtualHosts),
    routes: merge(({ model }) => model.routes),
    streams: merge(({ model }) => model.streams),
  };
  return {
    model: {
      ...(ofListeners.length === 0 ? served : withoutUnserved(served)),
      backends: merge(({ model }) => model.backends),
      endpoints: merge(({ model }) => model.endpoints),
      certificates: merge(({ model }) => model.certificates),
      trustBundles: merge(({ model }) => model.trustBundles),
    },
    keys: {
      certificates: merge(({ keys }) => keys.certificates),
      trustBundles: merge(({ keys }) => keys.trustBundles),
    },
    findings: [...parts.flatMap(({ translation }) => translation.findings), ...clashes],
    status: (applied) =>
      parts.flatMap(({ dialect, translation }) =>
        translation.status({
          isOpen: (listener) => applied.isOpen(listener) && !isRefused(dialect, listener),
          findings: ofListeners.length === 0 ? applied.findings : [...applied.findings, ...ofListeners],
        }),
      ),
  };
}

type Served = Pick<Model, 'listeners' | 'virtualHosts' | 'routes' | 'streams'>;

/** What no listener leads to since hosts were left out is not there. */
function withoutUnserved({ listeners, virtualHosts, routes, streams }: Served): Served {
  const sections = Object.values(listeners).flatMap((listener) => listener.sections);
  const hosts = pick(
    virtualHosts,
    sections.flatMap((section) => (isHttpSection(section) ? section.virtualHosts : [])),
  );
  const carried = sections.flatMap((section) => (isHttpSection(section) ? [] : section.streams));
  return {
    listeners,
    virtualHosts: hosts,
    routes: pick(
      routes,
      Object.values(hosts).flatMap((host) => host.routes),
    ),
    streams: pick(
      streams,
      carried.map(({ stream }) => stream),
    ),
  };
}

function pick<T>(table: Table<T>, ids: readonly string[]): Table<T> {
  const wanted = new Set(ids);
  return Object.fromEntries(Object.entries(table).filter(([id]) => wanted.has(id)));
}

interface DialectTable<T> {
  readonly dialect: string;
  readonly table: Table<T>;
}

function mergeTables<T>(tables: readonly DialectTable<T>[], clashes: Finding[]): Table<T> {
  const merged = new Map<string, { readonly dialect: string; readonly value: T }>();
  for (const { dialect, table } of tables) {
    for (const [id, value] of Object.entries(table)) {
      const first = merged.get(id);
      if (first === undefined) merged.set(id, { dialect, value });
      else if (!sameContent(first.value, value)) clashes.push(clash(id, first.dialect, dialect, value));
    }
  }
  return Object.fromEntries([...merged].map(([id, { value }]) => [id, value]));
}

/** Equal apart from who said it. */
function sameContent(a: unknown, b: unknown): boolean {
  const content = (value: unknown): string =>
    JSON.stringify(value, (key, each: unknown) => (key === 'origin' ? undefined : each));
  return content(a) === content(b);
}

function clash(id: string, first: string, second: string, value: unknown): Finding {
  const origin = originWithin(value);
  return {
    severity: 'error',
    reason: 'DialectConflict',
    message: `${second} and ${first} both say what ${id} is`,
    effect: `what ${first} says counts`,
    remedy: `remove ${origin.name === '' ? 'one of the two' : describeObject(origin)}, or keep the two apart by address, port or name`,
    origin,
  };
}

function originWithin(value: unknown): Origin {
  return typeof value === 'object' && value !== null && 'origin' in value ? (value.origin as Origin) : nowhere;
}
