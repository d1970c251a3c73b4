import type { HashKey, LoadBalancing } from '../../../model/balancing.ts';
import type { LoadBalancerPolicy, RequestHashPolicy } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { canonicalName } from './headers.ts';

export interface ReadBalancing {
  /** Null for round robin, the default. */
  readonly balancing: LoadBalancing | null;
  /** What is passed over, in the peer's words. */
  readonly ignored: readonly string[];
}

/** What the peer issues where a policy asks for affinity by cookie. */
const affinityCookie: HashKey = {
  type: 'cookie',
  name: 'X-Contour-Session-Affinity',
  issue: { path: '/', maxAge: null, httpOnly: true, secure: 'auto', sameSite: null },
};

/** Reads a `loadBalancerPolicy`. A strategy that is unknown is round robin, as with the peer. */
export function readBalancing(policy: LoadBalancerPolicy | undefined): ReadBalancing {
  switch (policy?.strategy) {
    case 'Random':
      return { balancing: { type: 'random' }, ignored: [] };
    case 'WeightedLeastRequest':
      return { balancing: { type: 'least-request' }, ignored: [] };
    case 'Cookie':
      return { balancing: { type: 'consistent-hash', keys: [affinityCookie] }, ignored: [] };
    case 'RequestHash':
      return readHashPolicies(policy.requestHashPolicies ?? []);
    default:
      return { balancing: null, ignored: [] };
  }
}

function readHashPolicies(policies: readonly RequestHashPolicy[]): ReadBalancing {
  const keys = new Map<string, HashKey>();
  const ignored: string[] = [];
  for (const policy of policies) {
    const read = readHashKey(policy);
    const fault = typeof read === 'string' ? read : null;
    if (typeof read === 'string') ignored.push(fault ?? read);
    else if (keys.has(read.identity)) ignored.push(`ignoring invalid ${read.repeated}`);
    else keys.set(read.identity, read.key);
  }
  if (keys.size > 0) return { balancing: { type: 'consistent-hash', keys: [...keys.values()] }, ignored };
  const nothing = 'ignoring invalid request hash policy options, setting load balancer strategy to default RoundRobin';
  return { balancing: null, ignored: [...ignored, nothing] };
}

interface ReadHashKey {
  readonly key: HashKey;
  /** Equal for keys that are the same. */
  readonly identity: string;
  /** What is said of the second one. */
  readonly repeated: string;
}

const headerName = /^[-A-Za-z0-9]+$/;

function readHashKey(policy: RequestHashPolicy): ReadHashKey | string {
  const { hashSourceIP = false, headerHashOptions: header, queryParameterHashOptions: query } = policy;
  const terminal = policy.terminal === true ? ({ terminal: true } as const) : {};
  const stated = [hashSourceIP, header !== undefined, query !== undefined].filter(Boolean).length;
  if (stated !== 1) {
    return 'ignoring invalid request hash policy, must set exactly one of hashSourceIP or headerHashOptions or queryParameterHashOptions';
  }
  if (header !== undefined) {
    const name = header.headerName.toLowerCase();
    const shown = canonicalName(header.headerName);
    if (!headerName.test(name)) {
      return `ignoring invalid header hash policy options with invalid header name ${goQuote(shown)}: [a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')]`;
    }
    const repeated = `header hash policy options with duplicated header name ${shown}`;
    return { key: { type: 'header', name, ...terminal }, identity: `header ${name}`, repeated };
  }
  if (query !== undefined) {
    const name = query.parameterName.toLowerCase();
    if (name === '') {
      return 'ignoring invalid query parameter hash policy options with an invalid empty query parameter name';
    }
    const repeated = `query parameter hash policy options with duplicated query parameter name ${name}`;
    return { key: { type: 'query-parameter', name, ...terminal }, identity: `query ${name}`, repeated };
  }
  const repeated = 'request hash policy, hashSourceIP specified multiple times';
  return { key: { type: 'source-address', ...terminal }, identity: 'source', repeated };
}
