import { isHttpSection, type Listener, type ListenerSection, type VirtualHost } from '../../../../model/listener.ts';
import type { Model } from '../../../../model/model.ts';
import type { Route } from '../../../../model/route.ts';
import { planAuthorization } from '../authorization/plan.ts';
import type { Counters, RequestSeries } from '../counters.ts';
import type { SessionContext } from '../sessions/rule-sessions.ts';
import { ListenerTable, SectionTable } from './listener.ts';
import { PatternCache } from './pattern.ts';
import type { PlanContext } from './plan.ts';
import { VirtualHostTable } from './virtual-host.ts';

interface CompiledHost {
  readonly source: VirtualHost;
  readonly routes: readonly Route[];
  readonly table: VirtualHostTable;
}

interface CompiledListener {
  readonly source: Listener;
  readonly hosts: readonly CompiledHost[];
  readonly table: ListenerTable;
}

/** All listeners' routes, compiled. An update compiles only the virtual hosts whose values are not identical. */
export class RoutingTable {
  readonly #counters: Counters;
  readonly #start: number;
  readonly #sessions: SessionContext;
  readonly #patterns = new PatternCache();
  /** By section name and id. */
  #hosts: ReadonlyMap<string, CompiledHost> = new Map();
  #listeners: ReadonlyMap<string, CompiledListener> = new Map();

  /** @param start where weighted choice starts, 0 up to 1 */
  constructor(counters: Counters, start: number, sessions: SessionContext) {
    this.#counters = counters;
    this.#start = start;
    this.#sessions = sessions;
  }

  listener(id: string): ListenerTable | null {
    return this.#listeners.get(id)?.table ?? null;
  }

  update(model: Model): void {
    const hosts = new Map<string, CompiledHost>();
    const listeners = new Map<string, CompiledListener>();
    for (const listener of Object.values(model.listeners)) {
      listeners.set(listener.id, this.#compileListener(listener, model, hosts));
    }
    this.#hosts = hosts;
    this.#listeners = listeners;
  }

  /** The series that are written to. */
  *series(): Iterable<RequestSeries> {
    for (const { table } of this.#hosts.values()) {
      for (const { plan } of table.routes) {
        yield plan.series;
        if (plan.type === 'forward') yield* plan.destinationSeries();
      }
    }
    for (const { table } of this.#listeners.values()) yield* table.series();
  }

  #compileListener(listener: Listener, model: Model, hosts: Map<string, CompiledHost>): CompiledListener {
    const bySection = listener.sections.map((section) => this.#compileHosts(section, model, hosts));
    const all = bySection.flat();
    const known = this.#listeners.get(listener.id);
    if (known !== undefined && known.source === listener && sameElements(known.hosts, all)) return known;
    const sections = listener.sections.map((section, index) => {
      const series = this.#counters.requests({ section: section.name, route: '', rule: -1, backend: '' });
      const compiled = bySection[index] as readonly CompiledHost[];
      return new SectionTable(
        section.name,
        series,
        compiled.map(({ source, table }) => [source.hostname, table] as const),
        isHttpSection(section) ? planAuthorization(section.authorization) : null,
      );
    });
    return { source: listener, hosts: all, table: new ListenerTable(listener, sections) };
  }

  #compileHosts(section: ListenerSection, model: Model, hosts: Map<string, CompiledHost>): readonly CompiledHost[] {
    // A request for the host of a section that carries streams finds no route there.
    return (isHttpSection(section) ? section.virtualHosts : []).flatMap((id) => {
      const source = model.virtualHosts[id];
      if (source === undefined) return [];
      const key = `${section.name} ${id}`;
      const compiled = hosts.get(key) ?? this.#compileHost(key, source, section.name, model);
      hosts.set(key, compiled);
      return [compiled];
    });
  }

  #compileHost(key: string, source: VirtualHost, section: string, model: Model): CompiledHost {
    const routes = source.routes.flatMap((id) => model.routes[id] ?? []);
    const known = this.#hosts.get(key);
    if (known !== undefined && known.source.hostname === source.hostname && sameElements(known.routes, routes)) {
      return known;
    }
    const context: PlanContext = {
      section,
      backends: model.backends,
      counters: this.#counters,
      start: this.#start,
      sessions: this.#sessions,
    };
    return { source, routes, table: new VirtualHostTable(routes, this.#patterns, context) };
  }
}

function sameElements<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((each, index) => each === right[index]);
}
