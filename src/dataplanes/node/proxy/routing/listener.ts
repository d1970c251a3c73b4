import { hasServerNames, isHttpSection, type Listener } from '../../../../model/listener.ts';
import type { AuthorizationPlan } from '../authorization/plan.ts';
import type { RequestSeries } from '../counters.ts';
import { HostTable } from './host.ts';
import type { RequestView } from './request-view.ts';
import type { CompiledRoute, VirtualHostTable } from './virtual-host.ts';

/** One section of a listener, with its virtual hosts. */
export class SectionTable {
  readonly name: string;
  /** Where requests are counted that no route of the section takes. */
  readonly series: RequestSeries;
  /** Who is asked before a route is looked for; null for nobody. */
  readonly authorization: readonly AuthorizationPlan[] | null;
  readonly #hosts = new HostTable<VirtualHostTable>();

  constructor(
    name: string,
    series: RequestSeries,
    hosts: Iterable<readonly [hostname: string, VirtualHostTable]>,
    authorization: readonly AuthorizationPlan[] | null = null,
  ) {
    this.name = name;
    this.series = series;
    this.authorization = authorization;
    for (const [hostname, table] of hosts) this.#hosts.add(hostname, table);
  }

  /**
   * The route of a request. Rules of the most specific hostname come first, and those of the next where none of them
   * fits: Gateway API makes hostnames an order among rules, not a wall between them.
   */
  match(authority: string, view: RequestView): CompiledRoute | null {
    for (const host of this.#hosts.match(authority)) {
      const route = host.match(view);
      if (route !== null) return route;
    }
    return null;
  }
}

/** Which section serves a request, or why none does. */
export type SectionChoice = SectionTable | 'none' | 'misdirected';

/** All sections of one listening socket. */
export class ListenerTable {
  readonly #sections = new HostTable<SectionTable>();
  /** Sections whose connections carry requests for the hosts of others; null where there are none. */
  readonly #open: ReadonlySet<SectionTable> | null;
  readonly #secure: boolean;
  readonly #all: readonly SectionTable[];

  constructor(listener: Listener, sections: readonly SectionTable[]) {
    this.#all = sections;
    this.#secure = hasServerNames(listener);
    const open = new Set<SectionTable>();
    for (const [index, section] of sections.entries()) {
      const source = listener.sections[index];
      this.#sections.add(source?.hostname ?? '', section);
      if (source !== undefined && isHttpSection(source) && source.servesOtherHosts === true) open.add(section);
    }
    this.#open = open.size === 0 ? null : open;
  }

  *series(): Iterable<RequestSeries> {
    for (const section of this.#all) yield section.series;
  }

  /**
   * The section of the most specific hostname that covers the request's host. Where the connection's server name chose
   * another one, the request is misdirected (RFC 9110 section 15.5.20): the handshake was held to the other's settings.
   *
   * @param serverName of the client's TLS handshake; empty where it sent none
   */
  choose(authority: string, serverName: string): SectionChoice {
    if (this.#open !== null && this.#secure) {
      const chosen = this.#sections.match(serverName)[0];
      if (chosen !== undefined && this.#open.has(chosen)) return chosen;
    }
    const section = this.#sections.match(authority)[0];
    if (section === undefined) return 'none';
    return this.#secure && this.#sections.match(serverName)[0] !== section ? 'misdirected' : section;
  }
}
