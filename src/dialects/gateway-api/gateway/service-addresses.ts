import type { Finding } from '../../../model/finding.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { describeObject } from '../../../model/origin.ts';
import { ofCluster, unpromised } from '../../../model/routability.ts';
import type { Gateway, GatewaySpecAddress } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import type { Verdict } from '../condition.ts';
import { type ReadAddresses, unsupportedType } from './addresses.ts';

const routabilities: readonly string[] = [...unpromised, ofCluster];

/** One of `spec.addresses`, of type IPAddress. */
interface Request {
  readonly index: number;
  readonly routability: string;
  /** Canonical; null where any address will do. */
  readonly value: string | null;
}

interface Given {
  readonly request: Request;
  readonly address: string;
}

/**
 * What becomes of `spec.addresses` where a Gateway has a Service of its own (GEP-5093): each entry gets one address, and
 * no two the same. A Gateway that states none is reached on all that the Service has.
 *
 * @param assigned the addresses that clients find the Service by
 * @param clusterAddresses those that it has in the cluster, which may be the same
 */
export function readServiceAddresses(
  gateway: Resource<Gateway>,
  assigned: readonly string[],
  clusterAddresses: readonly string[],
): ReadAddresses {
  const stated = gateway.object.spec.addresses ?? [];
  const unsupported = stated.flatMap(({ type }, index) =>
    type === 'IPAddress' ? [] : [unsupportedType(gateway, type, `spec.addresses[${index}]`)],
  );
  if (unsupported.length > 0) {
    const message = 'the Gateway is not accepted';
    return { ...nothing, unsupported, assignment: { ...notAssigned, message } };
  }
  if (stated.length === 0) return readUnstated(gateway, assigned, clusterAddresses);
  const requests = stated.map(readRequest);
  const given = match(requests, assigned, clusterAddresses);
  const missing = requests.filter((request) => !given.some((each) => each.request === request));
  const none = given.length === 0;
  const findings = missing.map((request) => ({ request, finding: missingAddress(gateway, request, given) }));
  // An address that was asked for by its value is the Gateway's name to others: without it the rest is not what is wanted.
  const blocks = ({ value, routability }: Request): boolean => none || (value !== null && routability === '');
  return {
    addresses: given.map(({ address }) => address),
    routabilities: given.map(({ request, address }) =>
      request.routability === '' && clusterAddresses.includes(address) ? ofCluster : request.routability,
    ),
    unsupported,
    problems: findings.filter(({ request }) => blocks(request)).map(({ finding }) => finding),
    warnings: findings.filter(({ request }) => !blocks(request)).map(({ finding }) => finding),
    assignment:
      missing.length === 0
        ? assignedAll
        : {
            ...notAssigned,
            ...(none ? {} : { reason: 'PartiallyAssigned' }),
            message: `not assigned: ${missing.map((request) => `spec.addresses[${request.index}] (${describe(request)})`).join(', ')}`,
          },
  };
}

const assignedAll: Verdict = {
  type: 'AddressesAssigned',
  status: 'True',
  reason: 'AddressesAssigned',
  message: 'all addresses are assigned',
};
const notAssigned = { type: 'AddressesAssigned', status: 'False', reason: 'NotAssigned' } as const;

const nothing = { addresses: [], routabilities: [], problems: [], warnings: [] };

function readUnstated(
  gateway: Resource<Gateway>,
  assigned: readonly string[],
  clusterAddresses: readonly string[],
): ReadAddresses {
  if (assigned.length === 0) {
    const problem = noAddress(gateway, '');
    const assignment = { ...notAssigned, message: problem.message };
    return { ...nothing, unsupported: [], problems: [problem], assignment };
  }
  return {
    ...nothing,
    addresses: assigned,
    routabilities: assigned.map((address) => (clusterAddresses.includes(address) ? ofCluster : '')),
    unsupported: [],
    assignment: assignedAll,
  };
}

const readRequest = ({ value = '', routability = '' }: GatewaySpecAddress, index: number): Request => ({
  index,
  routability,
  value: value === '' ? null : (canonicalIpAddress(value) ?? value),
});

/** Those that ask for one address before those that take any, and of these those that take fewer first. */
function match(
  requests: readonly Request[],
  assigned: readonly string[],
  clusterAddresses: readonly string[],
): readonly Given[] {
  const taken = new Map<Request, string>();
  const eagerness = ({ value, routability }: Request): number =>
    value !== null ? 0 : routability === ofCluster ? 1 : 2;
  for (const request of requests.toSorted((a, b) => eagerness(a) - eagerness(b))) {
    const { routability, value } = request;
    if (!routabilities.includes(routability)) continue;
    const candidates = routability === ofCluster ? clusterAddresses : assigned;
    const free = candidates.filter((address) => ![...taken.values()].includes(address));
    const address = value === null ? free[0] : free.find((each) => each === value);
    if (address !== undefined) taken.set(request, address);
  }
  return requests.flatMap((request) => {
    const address = taken.get(request);
    return address === undefined ? [] : [{ request, address }];
  });
}

function missingAddress(gateway: Resource<Gateway>, request: Request, given: readonly Given[]): Finding {
  const { index, value, routability } = request;
  const field = `spec.addresses[${index}]`;
  const effect =
    given.length === 0
      ? 'clients cannot find the Gateway'
      : `clients find it on ${given.map(({ address }) => address).join(', ')} alone`;
  const service = `the Service of ${describeObject(gateway.reference)}`;
  const severity = given.length === 0 ? 'error' : 'warning';
  if (!routabilities.includes(routability)) {
    return {
      severity,
      reason: 'AddressNotAssigned',
      message: `routability "${routability}" is not supported`,
      effect,
      remedy: 'use Cluster, or leave it out',
      origin: originOf(gateway, `${field}.routability`),
    };
  }
  if (value === null && routability === ofCluster) {
    return {
      severity,
      reason: 'AddressNotAssigned',
      message: `${service} has no address of the cluster for ${field}`,
      effect,
      remedy: 'ask for one address of the cluster: a Service has no more of one family',
      origin: originOf(gateway, field),
    };
  }
  if (value === null) return { ...noAddress(gateway, field), severity, effect };
  return {
    severity,
    reason: routability === '' ? 'AddressNotUsable' : 'AddressNotAssigned',
    message: `${service} has not been given address ${value}`,
    effect,
    remedy:
      routability === ofCluster
        ? 'ask for an address of the range of Services that is free, when the Gateway is made: it is not changed later'
        : 'ask for an address that the load balancer of this cluster can give, or remove it',
    origin: originOf(gateway, `${field}.value`),
  };
}

const noAddress = (gateway: Resource<Gateway>, field: string): Finding => ({
  severity: 'error',
  reason: 'AddressNotAssigned',
  message: `the Service of ${describeObject(gateway.reference)} has no address yet`,
  effect: 'clients cannot find the Gateway',
  remedy: 'look at what gives addresses to Services of type LoadBalancer in this cluster',
  origin: originOf(gateway, field),
});

function describe({ value, routability }: Request): string {
  return [routability === '' ? 'IPAddress' : routability, ...(value === null ? [] : [value])].join(' ');
}
