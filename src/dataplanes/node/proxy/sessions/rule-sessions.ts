import type { Endpoint, EndpointSet } from '../../../../model/backend.ts';
import type { SessionPersistence } from '../../../../model/session.ts';
import type { Demand } from '../../balancing/balancer.ts';
import type { Field } from '../../http/field.ts';
import type { HeaderEdit } from '../headers/edit.ts';
import type { Backends } from '../pool/backends.ts';
import { joinHostPort } from '../routing/host.ts';
import type { DestinationPlan } from '../routing/plan.ts';
import { carrierOf, type TokenCarrier } from './session-carrier.ts';
import { destinationOf, isToken, SessionTokens } from './session-token.ts';

/** What the sessions of a worker are made with. */
export interface SessionContext {
  /** Takes the place of the uid of an object that has none; the same in every worker. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** A destination whose requests are forwarded, and that has a backend to find endpoints in. */
interface SessionDestination {
  readonly plan: DestinationPlan;
  readonly backend: string;
  readonly endpoints: TokenTable;
}

/** The sessions of one rule. */
export class RuleSessions {
  readonly tokens: SessionTokens;
  readonly carrier: TokenCarrier;
  /** By their part of a token. Those of weight zero are among them: sessions that began there stay. */
  readonly #destinations = new Map<string, SessionDestination>();

  /** Null where the name that the tokens are to have cannot be one. */
  static create(
    sessions: SessionPersistence,
    destinations: readonly DestinationPlan[],
    serviceOf: (backend: string) => string,
    context: SessionContext,
  ): RuleSessions | null {
    const carrier = carrierOf(sessions.carrier);
    return carrier === null ? null : new RuleSessions(sessions, carrier, destinations, serviceOf, context);
  }

  private constructor(
    { scope, absoluteTimeout }: SessionPersistence,
    carrier: TokenCarrier,
    destinations: readonly DestinationPlan[],
    serviceOf: (backend: string) => string,
    { secret, clock }: SessionContext,
  ) {
    this.carrier = carrier;
    this.tokens = new SessionTokens(scope, secret, absoluteTimeout, clock);
    const places = new Map<string, number>();
    for (const plan of destinations) {
      if (plan.destination.type !== 'backend') continue;
      const { backend } = plan.destination;
      // Not the id: that one changes with the policies of the backend, and the backend stays what it is.
      const service = serviceOf(backend);
      const place = places.get(service) ?? 0;
      places.set(service, place + 1);
      const part = this.tokens.destination(service, place);
      this.#destinations.set(part, { plan, backend, endpoints: new TokenTable(part, this.tokens) });
    }
  }

  /** What a request says of its session. */
  find(fields: readonly Field[], backends: Backends): Session {
    // Clients send one cookie for each path that it was set for, and so a token twice.
    const present = [...new Set(this.carrier.read(fields))];
    const others = present.filter((token) => isToken(token) && !this.#destinations.has(destinationOf(token)));
    for (const text of present) {
      const token = this.tokens.read(text);
      const destination = token === null ? undefined : this.#destinations.get(token.destination);
      if (token === null || destination === undefined) continue;
      const pool = backends.get(destination.backend);
      if (pool?.usable !== true) continue;
      const endpoint = destination.endpoints.find(pool.endpoints, token.endpoint);
      return new Session(this, others, { plan: destination.plan, endpoint });
    }
    return new Session(this, others, null);
  }

  /** The token of a session that begins at an endpoint of a destination; null where sessions have none there. */
  tokenFor(plan: DestinationPlan, endpoint: Endpoint): string | null {
    for (const [destination, each] of this.#destinations) {
      if (each.plan !== plan) continue;
      return this.tokens.make({ destination, endpoint: each.endpoints.partOf(endpoint) });
    }
    return null;
  }
}

/** The session of one request: one that goes on, or one that begins with it. */
export class Session {
  readonly #rule: RuleSessions;
  /** Tokens of other rules, which share the name. */
  readonly #others: readonly string[];
  readonly #at: { readonly plan: DestinationPlan; readonly endpoint: Endpoint | null } | null;

  constructor(
    rule: RuleSessions,
    others: readonly string[],
    at: { readonly plan: DestinationPlan; readonly endpoint: Endpoint | null } | null,
  ) {
    this.#rule = rule;
    this.#others = others;
    this.#at = at;
  }

  /** Where it is; null where it begins. */
  get destination(): DestinationPlan | null {
    return this.#at?.plan ?? null;
  }

  /** @param otherwise how an endpoint is chosen where the session has none, or not that one any more */
  demand(otherwise: Demand): Demand {
    const endpoint = this.#at?.endpoint ?? null;
    return endpoint === null ? otherwise : { type: 'pinned', endpoint, otherwise };
  }

  /** What the response of an endpoint tells the client; null where the session is there already. */
  editFor(plan: DestinationPlan, endpoint: Endpoint, secure: boolean): HeaderEdit | null {
    const at = this.#at;
    if (at?.plan === plan && at.endpoint !== null && isSame(at.endpoint, endpoint)) return null;
    const token = this.#rule.tokenFor(plan, endpoint);
    return token === null ? null : this.#rule.carrier.write([token, ...this.#others], secure);
  }
}

/** The endpoints of a destination by their part of a token. Made when first needed, and anew when the endpoints change. */
class TokenTable {
  readonly #destination: string;
  readonly #tokens: SessionTokens;
  #set: EndpointSet | null = null;
  #endpoints: ReadonlyMap<string, Endpoint> = new Map();

  constructor(destination: string, tokens: SessionTokens) {
    this.#destination = destination;
    this.#tokens = tokens;
  }

  find(set: EndpointSet, part: string): Endpoint | null {
    if (set !== this.#set) this.#update(set);
    return this.#endpoints.get(part) ?? null;
  }

  partOf({ address, port }: Endpoint): string {
    return this.#tokens.endpoint(this.#destination, address, port);
  }

  #update(set: EndpointSet): void {
    const known = new Map([...this.#endpoints].map(([part, each]) => [nameOf(each), part]));
    this.#endpoints = new Map(set.endpoints.map((each) => [known.get(nameOf(each)) ?? this.partOf(each), each]));
    this.#set = set;
  }
}

const nameOf = ({ address, port }: Endpoint): string => joinHostPort(address, port);

const isSame = (left: Endpoint, right: Endpoint): boolean => left.address === right.address && left.port === right.port;
