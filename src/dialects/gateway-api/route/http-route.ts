import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Route } from '../../../model/route.ts';
import { createdAt } from '../../../policies/seniority.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import type { GatewayState, ListenerState } from '../gateway/state.ts';
import { keyOf } from '../names.ts';
import type { BackendCollector } from '../service/backends.ts';
import { type PlacedAction, placeAction } from './action.ts';
import type { Parent, ReadParents, RouteAttachment, RouteObject } from './attach.ts';
import { externalAuthProblems } from './external-auth.ts';
import { type Fault, findingOf } from './fault.ts';
import { mirrorProblems } from './mirror.ts';
import type { Standing } from './precedence.ts';
import type { OpenPort } from './redirect.ts';
import type { ReadRule, RuleContext } from './rule.ts';

/** An HTTPRoute or GRPCRoute with what became of it at each parent of ours. */
export interface RouteState {
  readonly resource: Resource<RouteObject>;
  readonly rules: readonly Pick<ReadRule, 'name' | 'problems'>[];
  readonly parents: readonly ParentState[];
}

export interface ParentState {
  readonly parent: Parent;
  /** Why it cannot attach there, or null. */
  readonly detached: Finding | null;
  /** References that lead nowhere or cannot be reached as asked there. */
  readonly unresolved: readonly Finding[];
}

/** A route of the model at one host of one listener, with what decides its order. */
export interface PlacedRoute {
  readonly listener: ListenerState;
  readonly hostname: string;
  readonly route: string;
  readonly standing: Standing;
}

export interface HttpRouteContext extends RuleContext {
  /** Ours, by `namespace/name`. */
  readonly gateways: ReadonlyMap<string, GatewayState>;
  /** By Gateway. */
  readonly openPorts: ReadonlyMap<GatewayState, OpenPort>;
  readonly isServed: (listener: ListenerState) => boolean;
  readonly backends: BackendCollector;
}

export interface ReadHttpRoute {
  readonly state: RouteState;
  readonly routes: readonly Route[];
  readonly placed: readonly PlacedRoute[];
  readonly findings: readonly Finding[];
}

/** Reads one HTTPRoute or GRPCRoute whole. `readRules` is not called for a route that has no parent of ours. */
export function readHttpRoute(
  context: HttpRouteContext,
  resource: Resource<RouteObject>,
  { parents, faults }: ReadParents,
  readRules: () => readonly ReadRule[],
): ReadHttpRoute {
  const findings = [...faults, ...withoutParents(resource)].map((fault) => findingOf(resource, fault));
  // A route that has no parent of ours is nobody's business here: not even its faults.
  if (parents.length === 0) return { state: { resource, rules: [], parents: [] }, routes: [], placed: [], findings };
  const rules = readRules();
  const ofRules = rules.flatMap((rule) => [...rule.problems, ...unresolvedOf(resource, rule), ...rule.notes]);
  findings.push(...ofRules);

  const placing = new Placing(context, resource, rules);
  const unresolved = rules.flatMap((rule) => unresolvedOf(resource, rule));
  const states = parents.map((parent): ParentState => {
    const detached = parent.fault === null ? null : findingOf(resource, parent.fault);
    if (detached !== null) findings.push(detached);
    const reached = parent.attachments.flatMap((attachment) => placing.attach(attachment));
    return { parent, detached, unresolved: [...unresolved, ...new Set(reached)] };
  });
  return { state: { resource, rules, parents: states }, routes: placing.routes, placed: placing.placed, findings };
}

/** What is wrong with the references of a rule: its backends, who gets copies of its requests, and who is asked about them. */
function unresolvedOf(route: Resource, { backends, filters }: ReadRule): readonly Finding[] {
  const ofBackends = backends.flatMap((each) => [
    ...(each.problem === null ? [] : [each.problem]),
    ...mirrorProblems(route, each.filters.mirrors),
  ]);
  return [
    ...ofBackends,
    ...mirrorProblems(route, filters.mirrors),
    ...externalAuthProblems(route, filters.externalAuth),
  ];
}

/** What a route that attaches to nothing by itself should be told. */
function withoutParents({ reference, object }: Resource<RouteObject>): readonly Fault[] {
  const { parentRefs = [], useDefaultGateways = 'None' } = object.spec;
  const effect = `${describeObject(reference)} is not served`;
  const remedy = 'name a Gateway in spec.parentRefs';
  if (useDefaultGateways !== 'None') {
    return [
      {
        severity: 'warning',
        reason: 'UnsupportedValue',
        message: 'default Gateways (spec.useDefaultGateways) are not supported by this version',
        ...(parentRefs.length === 0 ? { effect } : {}),
        remedy,
        field: 'spec.useDefaultGateways',
      },
    ];
  }
  if (parentRefs.length > 0) return [];
  const message = 'the route has no parentRefs, and so belongs to no Gateway';
  return [{ severity: 'warning', reason: 'NoParents', message, effect, remedy, field: 'spec' }];
}

/** Puts the rules of one route onto listeners. Two parentRefs may select one listener; it gets the route once. */
class Placing {
  readonly placed: PlacedRoute[] = [];
  readonly #routes = new Map<string, Route>();
  readonly #problems = new Map<ListenerState, readonly Finding[]>();
  readonly #context: HttpRouteContext;
  readonly #resource: Resource<RouteObject>;
  readonly #rules: readonly ReadRule[];

  constructor(context: HttpRouteContext, resource: Resource<RouteObject>, rules: readonly ReadRule[]) {
    this.#context = context;
    this.#resource = resource;
    this.#rules = rules;
  }

  get routes(): readonly Route[] {
    return [...this.#routes.values()];
  }

  /** The problems with backends as this listener reaches them. */
  attach(attachment: RouteAttachment): readonly Finding[] {
    const { listener } = attachment;
    const known = this.#problems.get(listener);
    if (known !== undefined) return known;
    const problems = this.#rules.flatMap((rule) => this.#place(attachment, rule));
    this.#problems.set(listener, problems);
    return problems;
  }

  #place({ gateway, listener, hosts }: RouteAttachment, rule: ReadRule): readonly Finding[] {
    const openPort = this.#context.openPorts.get(gateway) ?? ((declared: number) => declared);
    const place = { gateway: gateway.resource, listener, openPort };
    const placedAction = placeAction(this.#resource, rule, place, this.#context.backends);
    if (!this.#context.isServed(listener)) return placedAction.problems;
    for (const { index, match, grpc = null } of rule.matches) {
      const route = this.#addRoute(rule, index, placedAction);
      for (const { hostname, stated } of hosts) {
        const standing: Standing = {
          stated,
          match,
          grpc,
          created: createdAt(this.#resource.object),
          route: keyOf(this.#resource),
          rule: rule.name.rule,
          matchIndex: index,
        };
        this.placed.push({ listener, hostname, route, standing });
      }
    }
    return placedAction.problems;
  }

  /** `HTTPRoute/shop/web/0/1`: rule 0, match 1, with the variant where listeners make a difference. */
  #addRoute(
    { name, matches, timeouts, filters }: ReadRule,
    index: number,
    { action, authorization, variant }: PlacedAction,
  ): string {
    const plain = `${name.kind}/${name.namespace}/${name.name}/${name.rule}/${index}`;
    const id = plain + variant;
    if (this.#routes.has(id)) return id;
    const match = matches.find((each) => each.index === index)?.match;
    if (match === undefined) throw new Error(`${id} has no match`);
    const origin = originOf(this.#resource, `spec.rules[${name.rule}].matches[${index}]`);
    const cors = filters.cors === null || action.type === 'respond' ? {} : { cors: filters.cors };
    const asked = authorization.length === 0 ? {} : { authorization };
    this.#routes.set(id, { id, name, match, action, timeouts, ...cors, ...asked, origin });
    return id;
  }
}
