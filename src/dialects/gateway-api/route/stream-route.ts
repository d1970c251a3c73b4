import type { Finding } from '../../../model/finding.ts';
import { bySpecificity, compareSpecificity } from '../../../model/hostname.ts';
import { describeObject } from '../../../model/origin.ts';
import type { RouteName } from '../../../model/route.ts';
import type { StreamDestination, StreamHost, StreamRoute } from '../../../model/stream.ts';
import { bySeniority } from '../../../policies/seniority.ts';
import type { BackendRef } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import type { ListenerState } from '../gateway/state.ts';
import { readBackendRef } from '../service/backend-ref.ts';
import type { PlacedBackend, Way } from '../service/backends.ts';
import type { BackendTarget } from '../service/target.ts';
import { type RouteAttachment, type RouteObject, readParents } from './attach.ts';
import { type Fault, findingOf } from './fault.ts';
import type { HttpRouteContext, ParentState, RouteState } from './http-route.ts';

/** A TLSRoute or TCPRoute: one rule, whose connections are carried as they are. */
export interface StreamRouteObject extends RouteObject {
  readonly spec: RouteObject['spec'] & {
    readonly rules: readonly { readonly name?: string; readonly backendRefs: readonly BackendRef[] }[];
  };
}

/** A stream route at one host of one listener. */
export interface PlacedStream {
  readonly listener: ListenerState;
  readonly hostname: string;
  /** The hostname that the route itself states; of two for one host the more specific one counts. */
  readonly stated: string;
  readonly resource: Resource;
  readonly stream: StreamRoute;
}

export interface ReadStreamRoute {
  readonly state: RouteState;
  readonly placed: readonly PlacedStream[];
  readonly findings: readonly Finding[];
}

export function readStreamRoute(
  context: HttpRouteContext,
  resource: Resource<StreamRouteObject>,
  kind: GroupKind,
): ReadStreamRoute {
  const { parents, faults } = readParents(context.resources, context.gateways, resource, kind);
  const findings = [...faults, ...withoutParents(resource)].map((fault) => findingOf(resource, fault));
  if (parents.length === 0) return { state: { resource, rules: [], parents: [] }, placed: [], findings };
  const { kind: name, namespace, name: own } = resource.reference;
  const [rule] = resource.object.spec.rules;
  const routeName: RouteName = { kind: name, namespace, name: own, rule: 0, ruleName: rule?.name ?? '' };
  const backends = readBackends(context, resource, kind);
  const unresolved = backends.flatMap(({ problem }) => problem ?? []);
  findings.push(...unresolved);

  const placed = new Map<ListenerState, readonly PlacedStream[]>();
  const states = parents.map((parent): ParentState => {
    const detached = parent.fault === null ? null : findingOf(resource, parent.fault);
    if (detached !== null) findings.push(detached);
    const reached = parent.attachments.flatMap((attachment) => {
      const made = place(context, resource, routeName, backends, attachment);
      if (context.isServed(attachment.listener)) placed.set(attachment.listener, made.placed);
      return made.problems;
    });
    return { parent, detached, unresolved: [...unresolved, ...new Set(reached)] };
  });
  const rules = [{ name: routeName, problems: [] }];
  return { state: { resource, rules, parents: states }, placed: [...placed.values()].flat(), findings };
}

interface StreamBackend {
  /** Null where the reference leads nowhere. */
  readonly target: BackendTarget | null;
  readonly weight: number;
  readonly problem: Finding | null;
  readonly reason: string;
}

function readBackends(
  { resources, grants }: HttpRouteContext,
  route: Resource<StreamRouteObject>,
  kind: GroupKind,
): readonly StreamBackend[] {
  const refs = route.object.spec.rules[0]?.backendRefs ?? [];
  const total = refs.reduce((sum, { weight }) => sum + weight, 0);
  return refs.map((ref, index): StreamBackend => {
    const read = readBackendRef(resources, grants, route, kind, ref, `spec.rules[0].backendRefs[${index}]`);
    const { weight } = ref;
    if (read.type === 'port') return { target: read.target, weight, problem: null, reason: '' };
    const effect = weight === total ? 'its connections are rejected' : `${weight} of ${total} connections are rejected`;
    const problem = findingOf(route, { effect, ...read.fault });
    return { target: null, weight, problem, reason: read.fault.reason };
  });
}

function place(
  context: HttpRouteContext,
  resource: Resource<StreamRouteObject>,
  name: RouteName,
  backends: readonly StreamBackend[],
  { gateway, listener, hosts }: RouteAttachment,
): { readonly placed: readonly PlacedStream[]; readonly problems: readonly Finding[] } {
  const way: Way = {
    gateway: gateway.resource,
    listener: listener.owner === gateway.resource ? listener.stated.name : '',
    route: resource,
    ruleName: name.ruleName,
  };
  const problems: Finding[] = [];
  const variants = new Set<string>();
  const destinations = backends.map(({ target, weight, reason }): StreamDestination => {
    if (target === null) return { type: 'reject', reason, weight };
    const reached = placeBackend(context, target, listener, way);
    variants.add(reached.variant);
    if (reached.problem !== null) problems.push(reached.problem);
    return { type: 'backend', backend: reached.id, weight };
  });
  const id = `${name.kind}/${name.namespace}/${name.name}/0${[...variants].join('')}`;
  const stream: StreamRoute = { id, name, destinations, origin: originOf(resource, 'spec.rules[0]') };
  return { placed: hosts.map(({ hostname, stated }) => ({ listener, hostname, stated, resource, stream })), problems };
}

/**
 * A port that says it speaks TLS gets no plaintext that the gateway has decrypted. On a TCP listener the client itself may
 * speak TLS; and where TLS is passed through, it is between client and backend, and no policy of the gateway's concerns it.
 */
function placeBackend(
  { backends }: HttpRouteContext,
  target: BackendTarget,
  { protocol, passthrough }: ListenerState,
  way: Way,
): PlacedBackend {
  if (protocol === 'UDP') return backends.placeDatagrams(target);
  if (passthrough) return backends.placePassthrough(target, way);
  if (protocol === 'TLS') return backends.place(target, way);
  return backends.place({ ...target, appProtocol: { ...target.appProtocol, tls: false } }, way);
}

function withoutParents({ reference, object }: Resource<RouteObject>): readonly Fault[] {
  if ((object.spec.parentRefs ?? []).length > 0) return [];
  return [
    {
      severity: 'warning',
      reason: 'NoParents',
      message: 'the route has no parentRefs, and so belongs to no Gateway',
      effect: `${describeObject(reference)} is not served`,
      remedy: 'name a Gateway in spec.parentRefs',
      field: 'spec',
    },
  ];
}

/** What the listeners carry, and the routes that another one leaves nothing for. */
export interface AssembledStreams {
  readonly hosts: ReadonlyMap<ListenerState, readonly StreamHost[]>;
  readonly streams: readonly StreamRoute[];
  readonly shadowed: readonly Finding[];
}

/**
 * One route for each host of each listener: that of the more specific stated hostname, else the older, else the first by
 * name, as the API's rules for conflicts demand.
 */
export function assembleStreams(placed: readonly PlacedStream[]): AssembledStreams {
  const chosen = new Map<ListenerState, Map<string, PlacedStream>>();
  const shadowed: Finding[] = [];
  const sorted = [...placed].sort(
    (a, b) => compareSpecificity(a.stated, b.stated) || bySeniority(a.resource, b.resource),
  );
  for (const each of sorted) {
    const hosts = chosen.get(each.listener) ?? new Map<string, PlacedStream>();
    chosen.set(each.listener, hosts);
    const first = hosts.get(each.hostname);
    if (first === undefined) hosts.set(each.hostname, each);
    else if (first.resource !== each.resource) shadowed.push(shadow(each, first));
  }
  const winners = [...chosen.values()].flatMap((hosts) => [...hosts.values()]);
  return {
    hosts: new Map(
      [...chosen].map(([listener, hosts]) => [
        listener,
        [...hosts.values()]
          .map(({ hostname, stream }) => ({ hostname, stream: stream.id }))
          .sort((a, b) => bySpecificity(a.hostname, b.hostname)),
      ]),
    ),
    streams: winners.map(({ stream }) => stream),
    shadowed,
  };
}

function shadow({ listener, hostname, resource }: PlacedStream, by: PlacedStream): Finding {
  const where = hostname === '' ? '' : ` for ${hostname}`;
  return {
    severity: 'warning',
    reason: 'Shadowed',
    message: `no connection of listener ${listener.name}${where} reaches ${describeObject(resource.reference)}: ${describeObject(by.resource.reference)} comes first`,
    remedy: 'change or remove one of the two',
    origin: originOf(resource, 'spec'),
  };
}
