import type { Authorization } from './authorization.ts';
import type { Origin } from './origin.ts';
import type { StreamHost } from './stream.ts';
import type { ListenerTls } from './tls.ts';

/** One listening socket. Sections share it: the most specific hostname serves a request. */
export interface Listener {
  /** `127.0.0.1:8443`; `127.0.0.1:53/udp` for UDP, whose ports are others than those of TCP. */
  readonly id: string;
  /** An IP address of the machine; `::` with a `dataPlane`, whose processes open all that they have. */
  readonly address: string;
  /** Who opens it, where not every listener is of the same data plane: the name of what it serves, `infra/edge`. */
  readonly dataPlane?: string;
  /** The port that is opened: the declared one plus the port offset. */
  readonly port: number;
  /**
   * What is spoken on the socket. On HTTPS and TLS alike the server name of a ClientHello chooses the section; on HTTPS every
   * section carries HTTP, on TLS some carry streams. TCP and UDP have one section.
   */
  readonly protocol: 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP';
  /** Ordered from the most to the least specific hostname. */
  readonly sections: readonly ListenerSection[];
}

/** One listener of one Gateway: it carries HTTP, or streams of bytes that nobody looks into. */
export type ListenerSection = HttpSection | StreamSection;

interface SectionBase {
  /** `infra/edge/https`: namespace, Gateway, listener name. */
  readonly name: string;
  /** Exact, `*.` and a suffix (one label or more), or empty for every host. Lower-case. */
  readonly hostname: string;
  /** How TLS is terminated here. Null where it is not: on HTTP, TCP and UDP, and where TLS is passed through. */
  readonly tls: ListenerTls | null;
  readonly origin: Origin;
}

export interface HttpSection extends SectionBase {
  /** Who is asked of every request before its route is looked for, in this order (GEP-5224). */
  readonly authorization?: readonly Authorization[];
  /** Ids in `Model.virtualHosts`, from the most to the least specific hostname. */
  readonly virtualHosts: readonly string[];
  /**
   * Requests on connections that its hostname was chosen for are served here, also where another section is for their host:
   * for clients that send no server name, or one that nobody has. Otherwise such requests are misdirected.
   */
  readonly servesOtherHosts?: true;
}

export interface StreamSection extends SectionBase {
  /** From the most to the least specific hostname. A server name that none covers is rejected. */
  readonly streams: readonly StreamHost[];
}

export function isHttpSection(section: ListenerSection): section is HttpSection {
  return 'virtualHosts' in section;
}

/** Whether the socket speaks TLS, so that the server name of a ClientHello chooses the section. */
export function hasServerNames({ protocol }: Listener): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS';
}

/** The routes of one host of one listener section. */
export interface VirtualHost {
  readonly id: string;
  /** Exact, wildcard or empty, as in `ListenerSection`; within the section's own. */
  readonly hostname: string;
  /** Ids in `Model.routes`; the first whose match fits is used (Gateway API precedence is this order). */
  readonly routes: readonly string[];
}
