import type { HashKey, LoadBalancing } from '../../../../model/balancing.ts';
import { type Demand, inTurn } from '../../balancing/balancer.ts';
import { combine, hashOf } from '../../balancing/hash.ts';
import type { Field } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';
import type { ClientConnectionInfo } from '../../http/stream.ts';
import { hostOf } from '../routing/host.ts';
import { endOfPath } from '../routing/path.ts';
import { parseQuery, toByteString } from '../routing/query.ts';
import { headerOf } from '../routing/request-view.ts';
import { AffinityCookie, readCookie } from './affinity-cookie.ts';

/** A client's request, as far as its endpoint depends on it. */
export interface BalancedRequest {
  readonly head: RequestHead;
  readonly client: ClientConnectionInfo;
}

/** How one request's endpoint is chosen. */
export interface RequestDemand {
  readonly demand: Demand;
  /** The Set-Cookie field of the response, where the request begins a session. */
  readonly cookie: Field | null;
}

const roundRobin: RequestDemand = { demand: inTurn, cookie: null };

/** A route's way to choose endpoints, compiled. */
export type RequestBalancing = (request: BalancedRequest) => RequestDemand;

/** Null for round robin, which asks nothing of a request. */
export function compileBalancing(balancing: LoadBalancing | undefined): RequestBalancing | null {
  switch (balancing?.type) {
    case undefined:
    case 'round-robin':
      return null;
    case 'random':
    case 'least-request': {
      const constant: RequestDemand = { demand: { type: balancing.type }, cookie: null };
      return () => constant;
    }
    case 'consistent-hash': {
      const keys = balancing.keys.map(compileKey);
      return (request) => demandOf(request, keys);
    }
  }
}

/** The value of one key, or null where the request does not have it. */
interface CompiledKey {
  readonly read: (request: BalancedRequest) => string | null;
  readonly cookie: AffinityCookie | null;
  readonly terminal: boolean;
}

function compileKey(key: HashKey): CompiledKey {
  const cookie = key.type === 'cookie' && key.issue !== undefined ? AffinityCookie.create(key.name, key.issue) : null;
  return { read: readerOf(key), cookie, terminal: key.terminal === true };
}

function readerOf(key: HashKey): CompiledKey['read'] {
  switch (key.type) {
    case 'header':
      return ({ head }) => headerOf(head, key.name);
    case 'query-parameter': {
      const name = toByteString(key.name);
      return ({ head: { target } }) => parseQuery(target.slice(endOfPath(target) + 1)).get(name) ?? null;
    }
    case 'source-address':
      return ({ client }) => client.remoteAddress;
    case 'path':
      return ({ head: { target } }) => target.slice(0, endOfPath(target));
    case 'host':
      return ({ head }) => hostOf(head.authority);
    case 'cookie':
      return ({ head }) => readCookie(head.fields, key.name);
  }
}

function demandOf(request: BalancedRequest, keys: readonly CompiledKey[]): RequestDemand {
  let hash: number | null = null;
  let cookie: Field | null = null;
  for (const key of keys) {
    let value = key.read(request);
    if (value === null || value === '') {
      const issued = key.cookie?.issue(request.client.tls !== null) ?? null;
      value = issued?.value ?? null;
      cookie = issued?.field ?? cookie;
    }
    if (value === null) continue;
    hash = hash === null ? hashOf(value) : combine(hash, hashOf(value));
    if (key.terminal) break;
  }
  return hash === null ? roundRobin : { demand: { type: 'hash', key: hash }, cookie };
}
