import { intersect } from '../../../model/hostname.ts';
import { describeObject } from '../../../model/origin.ts';
import { bySeniority } from '../../../policies/seniority.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import type { ListenerState } from '../gateway/state.ts';
import type { Parent, ReadParents, RouteAttachment, RouteObject } from './attach.ts';
import type { Fault } from './fault.ts';
import type { ReadRule } from './rule.ts';

/** A route with the listeners that it attaches to by itself. */
export interface AttachedRoute {
  readonly resource: Resource<RouteObject>;
  readonly kind: GroupKind;
  readonly read: ReadParents;
  readonly readRules: () => readonly ReadRule[];
}

/** What a route holds of a listener. */
interface Holding {
  readonly route: AttachedRoute;
  readonly hosts: readonly string[];
}

/**
 * Keeps HTTPRoutes and GRPCRoutes from sharing a host of a listener: of two that do the older one stays, then the one whose
 * `namespace/name` comes first (GRPCRoute, "hostname uniqueness"). Of one and the same name the HTTPRoute stays.
 *
 * @param routes HTTPRoutes before GRPCRoutes. The result is in the same order.
 */
export function separateKinds(routes: readonly AttachedRoute[]): readonly AttachedRoute[] {
  const mixed = mixedListeners(routes);
  if (mixed.size === 0) return routes;
  const holdings = new Map<ListenerState, Holding[]>();
  const separated = new Map<AttachedRoute, AttachedRoute>();
  for (const route of [...routes].sort((a, b) => bySeniority(a.resource, b.resource))) {
    const rivalOf = ({ listener, hosts }: RouteAttachment): AttachedRoute | undefined =>
      holdings
        .get(listener)
        ?.find(
          (held) => held.route.kind !== route.kind && held.hosts.some((a) => hosts.some((b) => meet(a, b.hostname))),
        )?.route;
    const faults: Fault[] = [];
    const parents = route.read.parents.map((parent) => separate(parent, rivalOf, faults));
    separated.set(route, { ...route, read: { parents, faults: [...route.read.faults, ...faults] } });
    for (const { listener, hosts } of parents.flatMap(({ attachments }) => attachments)) {
      if (!mixed.has(listener)) continue;
      const held = { route, hosts: hosts.map(({ hostname }) => hostname) };
      const others = holdings.get(listener);
      if (others === undefined) holdings.set(listener, [held]);
      else others.push(held);
    }
  }
  return routes.map((route) => separated.get(route) ?? route);
}

function separate(
  parent: Parent,
  rivalOf: (attachment: RouteAttachment) => AttachedRoute | undefined,
  faults: Fault[],
): Parent {
  const kept: RouteAttachment[] = [];
  const lost: string[] = [];
  for (const attachment of parent.attachments) {
    const rival = rivalOf(attachment);
    if (rival === undefined) kept.push(attachment);
    else lost.push(`listener "${attachment.listener.stated.name}" to ${describeObject(rival.resource.reference)}`);
  }
  if (lost.length === 0) return parent;
  const fault: Fault = {
    reason: 'Conflicted',
    message: `HTTPRoutes and GRPCRoutes cannot share a host, and it loses ${lost.join(', ')}`,
    effect: kept.length === 0 ? 'the route is not served by it' : 'the route is served by the other listeners',
    remedy: 'use hostnames that no route of the other kind has',
    field: `spec.parentRefs[${parent.index}]`,
  };
  if (kept.length === 0) return { ...parent, attachments: [], fault };
  faults.push({ ...fault, severity: 'warning' });
  return { ...parent, attachments: kept };
}

/** Listeners that routes of both kinds attach to. */
function mixedListeners(routes: readonly AttachedRoute[]): ReadonlySet<ListenerState> {
  const first = new Map<ListenerState, GroupKind>();
  const mixed = new Set<ListenerState>();
  for (const { kind, read } of routes) {
    for (const { listener } of read.parents.flatMap(({ attachments }) => attachments)) {
      const other = first.get(listener);
      if (other === undefined) first.set(listener, kind);
      else if (other !== kind) mixed.add(listener);
    }
  }
  return mixed;
}

const meet = (a: string, b: string): boolean => intersect(a, b) !== null;
