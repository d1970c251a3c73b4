import { hasServerNames, type Listener } from '../../../../model/listener.ts';
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
  readonly #secure: boolean;
  readonly #all: readonly SectionTable[];

  constructor(listener: Listener, sections: readonly SectionTable[]) {
    this.#all = sections;
    this.#secure = hasServerNames(listener);
    for (const [index, section] of sections.entries()) {
      this.#sections.add(listener.sections[index]?.hostname ?? '', section);
    }
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
    const section = this.#sections.match(authority)[0];
    if (section === undefined) return 'none';
    return this.#secure && this.#sections.match(serverName)[0] !== section ? 'misdirected' : section;
  }
}
