import type { ServerStream } from '../../http/stream.ts';
import { type Refusal, refusal } from '../failure.ts';
import type { SectionTable } from './listener.ts';
import { endOfPath, pathForMatching } from './path.ts';
import type { RequestView } from './request-view.ts';
import type { RoutingTable } from './routing-table.ts';
import type { CompiledRoute } from './virtual-host.ts';

/** Where a request belongs. `route` is null exactly when `refusal` is not. */
export interface Found {
  /** The path as routes were compared with it. */
  readonly path: string;
  readonly section: SectionTable | null;
  readonly route: CompiledRoute | null;
  readonly refusal: Refusal | null;
}

const ambiguousPath = refusal(
  400,
  'ambiguous-path',
  'the path has dot segments or encodings that can be read in two ways',
);
const misdirected = refusal(421, 'misdirected', 'the connection was made for the host of another listener');
const noRoute = refusal(404, 'no-route', 'no route matches the request');
const noHost = refusal(404, 'no-route', 'no listener serves the host of the request');

/** Finds the route of a request. */
export function findRoute(
  { head, client }: Pick<ServerStream, 'head' | 'client'>,
  routing: RoutingTable,
  view: RequestView,
): Found {
  const end = endOfPath(head.target);
  const path = pathForMatching(end === head.target.length ? head.target : head.target.slice(0, end));
  if (path === null) return { path: '', section: null, route: null, refusal: ambiguousPath };
  const section = routing.listener(client.listener)?.choose(head.authority, client.tls?.serverName ?? '') ?? 'none';
  if (section === 'none') return { path, section: null, route: null, refusal: noHost };
  if (section === 'misdirected') return { path, section: null, route: null, refusal: misdirected };
  view.show(head, path, end);
  const route = section.match(head.authority, view);
  return { path, section, route, refusal: route === null ? noRoute : null };
}
