import type { BackendState } from '../../diagnosis/backend-state.ts';
import type { StatusDocument } from '../../dialects/dialect.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** How one kind is shown: a row or more for each object. */
interface KindTable {
  readonly title: string;
  readonly header: readonly string[];
  rows(document: StatusDocument, cells: Cells): readonly (readonly string[])[];
}

/** Statuses come from another process and, in a cluster, from objects that anyone may write: read with care. */
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const list = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(record) : [];
const text = (value: unknown): string => (typeof value === 'string' ? printable(value) : '');

function conditionsOf(value: Readonly<Record<string, unknown>>): readonly Condition[] {
  return list(value.conditions).map(({ type, status, reason, message }) => ({
    type: text(type),
    status: text(status),
    reason: text(reason),
    message: text(message),
  }));
}

/** Conditions whose True is the bad news. */
const badWhenTrue: ReadonlySet<string> = new Set([
  'Conflicted',
  'OverlappingTLSConfig',
  'PartiallyInvalid',
  'Aggregated',
]);

const isBad = ({ type, status }: Condition): boolean => status === (badWhenTrue.has(type) ? 'True' : 'False');

class Cells {
  readonly #paint: Paint;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** `True`, or the reason why not. */
  condition(conditions: readonly Condition[], type: string): string {
    const condition = conditions.find((each) => each.type === type);
    if (condition === undefined) return this.#paint.faint('–');
    if (isBad(condition)) return this.#paint.error(condition.reason);
    return condition.status === 'True' ? this.#paint.good('True') : condition.status;
  }

  /** The message of the first bad condition. */
  cause(...groups: readonly (readonly Condition[])[]): string {
    return groups.flat().find(isBad)?.message ?? '';
  }

  word(shown: string, good: boolean): string {
    return good ? this.#paint.good(shown) : this.#paint.error(shown);
  }

  count(good: number, all: number): string {
    const shown = `${good}/${all}`;
    return good === all ? this.#paint.good(shown) : this.#paint.error(shown);
  }
}

const nameOf = ({ metadata }: StatusDocument): string =>
  printable(metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`);

/** `Gateway edge`, with the section or port where the reference has one. */
function describeReference(value: unknown, ownNamespace: string): string {
  const reference = record(value);
  const namespace = text(reference.namespace);
  const name =
    namespace === '' || namespace === ownNamespace ? text(reference.name) : `${namespace}/${text(reference.name)}`;
  const section = text(reference.sectionName);
  return `${text(reference.kind) || 'Gateway'} ${name}${section === '' ? '' : `/${section}`}`;
}

/** One row for each parent or ancestor, which is how routes and policies tell their status. */
function rowsByParent(document: StatusDocument, cells: Cells, entries: string, reference: string): readonly string[][] {
  return list(document.status[entries]).map((entry) => {
    const conditions = conditionsOf(entry);
    return [
      nameOf(document),
      describeReference(entry[reference], document.metadata.namespace ?? ''),
      cells.condition(conditions, 'Accepted'),
      cells.condition(conditions, 'ResolvedRefs'),
      cells.cause(conditions),
    ];
  });
}

const routeKind = (title: string): KindTable => ({
  title,
  header: ['NAME', 'PARENT', 'ACCEPTED', 'RESOLVED', ''],
  rows: (document, cells) => rowsByParent(document, cells, 'parents', 'parentRef'),
});

/** Kinds of Contour: one condition, whose errors and warnings tell the story. */
const contourKind = (title: string): KindTable => ({
  title,
  header: ['NAME', 'STATUS', ''],
  rows: (document, cells) => {
    const { status } = document;
    const valid = list(status.conditions).find(({ type }) => type === 'Valid') ?? {};
    const [errors, warnings] = [list(valid.errors), list(valid.warnings)];
    const [first] = [...errors, ...warnings];
    const more = errors.length + warnings.length - 1;
    const told = first === undefined ? '' : `${text(first.reason)}: ${text(first.message)}`;
    return [
      [
        nameOf(document),
        cells.word(
          text(status.currentStatus) || (valid.status === 'True' ? 'valid' : 'invalid'),
          valid.status === 'True',
        ),
        more > 0 ? `${told} (and ${more} more)` : told,
      ],
    ];
  },
});

const kinds: Readonly<Record<string, KindTable>> = {
  GatewayClass: {
    title: 'GatewayClasses',
    header: ['NAME', 'ACCEPTED', ''],
    rows: (document, cells) => {
      const conditions = conditionsOf(document.status);
      return [[nameOf(document), cells.condition(conditions, 'Accepted'), cells.cause(conditions)]];
    },
  },
  Gateway: {
    title: 'Gateways',
    header: ['NAME', 'ADDRESSES', 'ACCEPTED', 'PROGRAMMED', 'LISTENERS', 'ROUTES', ''],
    rows: (document, cells) => {
      const conditions = conditionsOf(document.status);
      const listeners = list(document.status.listeners);
      const programmed = listeners.filter((each) =>
        conditionsOf(each).some(({ type, status }) => type === 'Programmed' && status === 'True'),
      );
      const routes = listeners.reduce((sum, each) => sum + (Number(each.attachedRoutes) || 0), 0);
      const addresses = list(document.status.addresses).map(({ value }) => text(value));
      return [
        [
          nameOf(document),
          addresses.join(', '),
          cells.condition(conditions, 'Accepted'),
          cells.condition(conditions, 'Programmed'),
          cells.count(programmed.length, listeners.length),
          String(routes),
          cells.cause(conditions, ...listeners.map(conditionsOf)),
        ],
      ];
    },
  },
  HTTPRoute: routeKind('HTTPRoutes'),
  GRPCRoute: routeKind('GRPCRoutes'),
  TLSRoute: routeKind('TLSRoutes'),
  TCPRoute: routeKind('TCPRoutes'),
  UDPRoute: routeKind('UDPRoutes'),
  BackendTLSPolicy: {
    title: 'BackendTLSPolicies',
    header: ['NAME', 'ANCESTOR', 'ACCEPTED', 'RESOLVED', ''],
    rows: (document, cells) => rowsByParent(document, cells, 'ancestors', 'ancestorRef'),
  },
  XBackend: {
    title: 'XBackends',
    header: ['NAME', 'ANCESTOR', 'ACCEPTED', 'RESOLVED', ''],
    rows: (document, cells) => rowsByParent(document, cells, 'ancestors', 'ancestorRef'),
  },
  HTTPProxy: contourKind('HTTPProxies'),
  ExtensionService: contourKind('ExtensionServices'),
  ContourConfiguration: contourKind('ContourConfigurations'),
  Ingress: {
    title: 'Ingresses',
    header: ['NAME', 'ADDRESSES'],
    rows: (document) => {
      const addresses = list(record(document.status.loadBalancer).ingress).map(({ ip, hostname }) =>
        text(ip ?? hostname),
      );
      return [[nameOf(document), addresses.join(', ')]];
    },
  },
};

/** Any kind without a table of its own: what is not as it should be is told all the same. */
const anyKind = (kind: string): KindTable => ({
  title: `${kind}s`,
  header: ['NAME', 'ACCEPTED', ''],
  rows: (document, cells) => {
    const conditions = conditionsOf(document.status);
    return [[nameOf(document), cells.condition(conditions, 'Accepted'), cells.cause(conditions)]];
  },
});

/** A table for each kind, in the order of the flow; kinds that nobody has are left out. */
export function renderStatus(documents: readonly StatusDocument[], paint: Paint): string {
  const cells = new Cells(paint);
  const present = new Set(documents.map(({ kind }) => kind));
  const ordered = [...Object.keys(kinds).filter((kind) => present.has(kind))];
  for (const kind of present) if (!(kind in kinds)) ordered.push(kind);
  return ordered
    .map((kind) => {
      const table = kinds[kind] ?? anyKind(kind);
      const rows = documents
        .filter((document) => document.kind === kind)
        .flatMap((document) => table.rows(document, cells));
      return `${paint.strong(table.title)}\n${renderTable(table.header, rows)}`;
    })
    .join('\n\n');
}

/** The backends with what was last seen of them; empty where there are none. */
export function renderBackends(backends: readonly BackendState[], paint: Paint): string {
  if (backends.length === 0) return '';
  const rows = backends.map((backend) => [
    backend.backend,
    paintProtection(backend, paint),
    printable(backend.serverName),
    printable(backend.endpoint),
    paintState(backend, paint),
  ]);
  return `${paint.strong('Backends')}\n${renderTable(['NAME', 'TLS', 'SERVER NAME', 'ENDPOINT', 'STATE'], rows)}`;
}

/** What is not verified stands out wherever a backend is shown. */
export function paintProtection({ protection }: BackendState, paint: Paint): string {
  if (protection === 'verified') return protection;
  return protection === 'refused' ? paint.error(protection) : paint.warning(protection);
}

export function paintState({ state, summary }: BackendState, paint: Paint): string {
  const shown = printable(summary);
  if (state === 'ok') return paint.good(shown);
  return state === 'unknown' ? paint.faint(shown) : paint.error(shown);
}
