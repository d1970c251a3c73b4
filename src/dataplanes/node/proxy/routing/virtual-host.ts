import type { Route } from '../../../../model/route.ts';
import { type AuthorizationPlan, planAuthorization } from '../authorization/plan.ts';
import { CorsPolicy } from '../headers/cors.ts';
import { ClientRanges } from './client-ranges.ts';
import { Conditions } from './conditions.ts';
import { type Candidates, PathIndex } from './path-index.ts';
import type { PatternCache } from './pattern.ts';
import { type Plan, type PlanContext, planOf } from './plan.ts';
import type { RequestView } from './request-view.ts';

/** One route of one virtual host of one section. */
export interface CompiledRoute {
  readonly route: Route;
  readonly section: string;
  readonly plan: Plan;
  /** Null where cross-origin requests are the backend's business. */
  readonly cors: CorsPolicy | null;
  /** Null where every client is served. */
  readonly clients: ClientRanges | null;
  /** Who is asked before anything else is done; null for nobody. */
  readonly authorization: readonly AuthorizationPlan[] | null;
}

function compileRoute(route: Route, patterns: PatternCache, context: PlanContext): CompiledRoute {
  const cors = route.cors === undefined ? null : new CorsPolicy(route.cors, patterns);
  const authorization = planAuthorization(route.authorization);
  const clients = route.clients === undefined ? null : new ClientRanges(route.clients);
  return { route, section: context.section, plan: planOf(route, context), cors, clients, authorization };
}

/** The routes of one virtual host. The first that fits wins, as a scan in their order would find it. */
export class VirtualHostTable implements Candidates {
  readonly routes: readonly CompiledRoute[];
  readonly #conditions: readonly Conditions[];
  readonly #paths: PathIndex;
  #view: RequestView | null = null;

  constructor(routes: readonly Route[], patterns: PatternCache, context: PlanContext) {
    this.routes = routes.map((route) => compileRoute(route, patterns, context));
    this.#conditions = routes.map((route) => new Conditions(route.match, patterns));
    this.#paths = new PathIndex(
      routes.map((route) => route.match.path),
      patterns,
    );
  }

  match(view: RequestView): CompiledRoute | null {
    this.#view = view;
    const position = this.#paths.first(view.path, this);
    this.#view = null;
    return position < 0 ? null : (this.routes[position] as CompiledRoute);
  }

  fits(position: number): boolean {
    return (this.#conditions[position] as Conditions).fit(this.#view as RequestView);
  }
}
