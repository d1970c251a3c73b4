import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import { readGatewayParameters } from '../../../policies/parameters.ts';
import { bySeniority } from '../../../policies/seniority.ts';
import type { Gateway, GatewayClass } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import type { Environment } from '../../dialect.ts';
import type { OwnClass } from '../gateway-class.ts';
import { defaultClassName, keyOf, kinds } from '../names.ts';
import { readAddresses } from './addresses.ts';
import { type ListenerContext, readListener } from './listener.ts';
import { readListenerSets } from './listener-set.ts';
import { readServiceAddresses } from './service-addresses.ts';
import type { GatewayState, Place } from './state.ts';

export interface GatewayContext
  extends ListenerContext,
    Pick<Environment, 'addresses' | 'clusterAddresses' | 'ownDataPlanes'> {
  /** Whether the status says from where an address is reached. */
  readonly reportsRoutability: boolean;
}

export interface ReadGateways {
  /** Ours, from the oldest to the youngest. */
  readonly gateways: readonly GatewayState[];
  /** What no Gateway's status tells: warnings, and Gateways that nobody serves. */
  readonly findings: readonly Finding[];
}

/** Reads every Gateway whose class is ours. Gateways of other controllers are left alone. */
export function readGateways(context: GatewayContext, classes: ReadonlyMap<string, OwnClass>): ReadGateways {
  const gateways: GatewayState[] = [];
  const findings: Finding[] = [];
  for (const resource of [...context.resources.list<Gateway>(kinds.gateway)].sort(bySeniority)) {
    const own = classes.get(resource.object.spec.gatewayClassName);
    if (own === undefined) {
      findings.push(...withoutClass(context.resources, resource));
      continue;
    }
    const read = readGateway(context, resource, own);
    gateways.push(read.gateway);
    findings.push(...read.warnings);
  }
  return { gateways, findings };
}

function readGateway(
  context: GatewayContext,
  resource: Resource<Gateway>,
  own: OwnClass,
): { gateway: GatewayState; warnings: readonly Finding[] } {
  const key = keyOf(resource);
  const { reportsRoutability, ownDataPlanes } = context;
  const assigned = ofGateway(context.addresses, key);
  const addresses = ownDataPlanes
    ? readServiceAddresses(resource, assigned, ofGateway(context.clusterAddresses ?? {}, key))
    : readAddresses(resource, assigned);
  const reads = resource.object.spec.listeners.map((stated, index) => readListener(context, resource, stated, index));
  const sets = readListenerSets(context, resource);
  const parameters = [...classProblems(context, resource, own), ...parameterProblems(context, resource)];
  return {
    gateway: {
      resource,
      key,
      addresses: addresses.addresses,
      routabilities: reportsRoutability ? addresses.routabilities : null,
      assignment: addresses.assignment,
      places: ownDataPlanes ? ownPlaces(key) : addresses.addresses.map((address) => ({ address })),
      problems: [...parameters, ...addresses.unsupported],
      isServed: addresses.unsupported.length === 0 && (parameters.length === 0 || ownDataPlanes),
      addressProblems: addresses.problems,
      listeners: reads.map(({ listener }) => listener),
      listenerSets: sets.listenerSets,
    },
    warnings: [
      ...addresses.warnings,
      ...sets.warnings,
      ...reads.flatMap(({ warnings }) => warnings),
      ...scopeWarnings(resource),
    ],
  };
}

const ofGateway = (table: Environment['addresses'], key: string): readonly string[] =>
  Object.hasOwn(table, key) ? (table[key] ?? []) : [];

/** Every address of both families: whatever the data plane runs on has others than clients know it by. */
const ownPlaces = (dataPlane: string): readonly Place[] => [{ address: '::', dataPlane }];

/**
 * What follows where parameters cannot be had. Pods of its own that were deployed before go on; without them, nothing
 * tells a Gateway that was served before from one that never was.
 */
const withoutParameters = ({ ownDataPlanes }: GatewayContext): string =>
  ownDataPlanes
    ? 'nothing is deployed for it any more; pods that it has serve on, and reach backends over TLS 1.3 only, never unverified nor by the CA certificates of the operating system'
    : 'the Gateway is not served';

function classProblems(
  context: GatewayContext,
  resource: Resource<Gateway>,
  { resource: ofClass, problems }: OwnClass,
): readonly Finding[] {
  if (problems.length === 0) return [];
  return [
    {
      severity: 'error',
      reason: 'InvalidParameters',
      message: `${describeObject(ofClass.reference)} is not accepted`,
      effect: withoutParameters(context),
      remedy: `correct ${describeObject(ofClass.reference)}`,
      origin: originOf(resource, 'spec.gatewayClassName'),
    },
  ];
}

function parameterProblems(context: GatewayContext, resource: Resource<Gateway>): readonly Finding[] {
  const { problem } = readGatewayParameters(context.resources, resource);
  return problem === null ? [] : [{ ...problem, effect: withoutParameters(context) }];
}

function scopeWarnings(resource: Resource<Gateway>): readonly Finding[] {
  const { defaultScope = 'None' } = resource.object.spec;
  if (defaultScope === 'None') return [];
  return [
    {
      severity: 'warning',
      reason: 'UnsupportedValue',
      message: 'default Gateways (spec.defaultScope) are not supported by this version',
      effect: 'routes attach only where their parentRefs name the Gateway',
      remedy: 'name the Gateway in the parentRefs of its routes',
      origin: originOf(resource, 'spec.defaultScope'),
    },
  ];
}

/** A Gateway of another controller's class is that controller's; one whose class does not exist is nobody's. */
function withoutClass(resources: ResourceSet, resource: Resource<Gateway>): readonly Finding[] {
  const { gatewayClassName } = resource.object.spec;
  if (resources.get<GatewayClass>(kinds.gatewayClass, '', gatewayClassName) !== undefined) return [];
  return [
    {
      severity: 'warning',
      reason: 'UnknownGatewayClass',
      message: `GatewayClass ${gatewayClassName} does not exist`,
      effect: `${describeObject(resource.reference)} is not served`,
      remedy: `set gatewayClassName to ${defaultClassName} to have Farside serve it`,
      origin: originOf(resource, 'spec.gatewayClassName'),
    },
  ];
}
