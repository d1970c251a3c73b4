import type { Dialect, DialectsOptions, Environment, Translation } from '../dialects/dialect.ts';
import type { AddressPool } from '../infrastructure/address-pool.ts';
import { type AddressAssignment, assignAddresses } from '../infrastructure/addresses.ts';
import { addressesOfServices, clusterAddressesOfServices } from '../infrastructure/gateway/service-addresses.ts';
import { type DataPlaneUnit, unitOfClass, unitOfGateway } from '../infrastructure/gateway/unit.ts';
import { classOfDataPlane } from '../model/data-plane.ts';
import type { Gateway, GatewayClass } from '../resources/generated/types.ts';
import type { Lookups } from '../resources/lookups.ts';
import type { RefusedObject, Resource } from '../resources/object.ts';
import { ResourceSet } from '../resources/set.ts';
import type { UnservedKind } from '../resources/unserved.ts';
import { orphaned, orphans, standIns } from './absent-classes.ts';
import { mergeTranslations } from './merge-translations.ts';
import { dialects as allDialects, controllerName } from './parts.ts';

export interface TranslateOptions {
  readonly pool: AddressPool | Services;
  readonly portOffset: number;
  /** RFC 3339. */
  readonly now: string;
  /** Who had which address before; who still exists keeps it. */
  readonly addresses?: AddressAssignment;
  readonly dialects?: readonly Dialect[];
  /** False for a cluster, where what an installation brings is there or is not. */
  readonly supply?: boolean;
  readonly dialectOptions?: DialectsOptions;
}

/** Each Gateway has a data plane and a Service of its own, and the addresses of that. */
export interface Services {
  readonly type: 'services';
  /** Where the Services of data planes are that are of no single Gateway. */
  readonly namespace: string;
}

/** A translation by all dialects, and what it took for granted. */
export interface WholeTranslation extends Translation {
  /** The objects of the source, and nothing that was supplied. */
  readonly resources: ResourceSet;
  readonly addresses: AddressAssignment;
}

/** What a source gives. */
export interface SourceObjects {
  readonly objects: readonly Resource[];
  readonly refused: readonly RefusedObject[];
  /** For sources that fetch some objects only when they are asked for. */
  readonly lookups?: Lookups;
  readonly unserved?: readonly UnservedKind[];
}

/** What the objects of a source say about traffic, in every dialect. Pure, but for what `lookups` learns. */
export function translate(
  { objects, refused, lookups, unserved }: SourceObjects,
  options: TranslateOptions,
): WholeTranslation {
  const { pool, portOffset, now, dialects = allDialects, supply = true, dialectOptions = {} } = options;
  const given = new ResourceSet(objects, refused, lookups, unserved);
  const left = pool.type === 'services' ? orphans(given) : [];
  const supplied = supply ? dialects.flatMap((dialect) => dialect.supply?.(given) ?? []) : standIns(given, left);
  const resources =
    supplied.length === 0 ? given : new ResourceSet([...objects, ...supplied], refused, lookups, unserved);
  const gateways = ownGateways(resources);
  const others = [
    ...new Set(dialects.flatMap(({ name, dataPlanes }) => dataPlanes?.(resources, dialectOptions[name]) ?? [])),
  ];
  const before = options.addresses ?? {};
  const units = pool.type === 'services' ? unitsOf(gateways, others, pool.namespace) : [];
  const addresses =
    pool.type === 'services'
      ? addressesOfServices(units, resources, before)
      : assignAddresses(gateways, pool, before, others);
  const environment: Environment = {
    addresses,
    ...(pool.type === 'services' ? { clusterAddresses: clusterAddressesOfServices(units, resources) } : {}),
    ownDataPlanes: pool.type === 'services',
    portOffset,
    now,
    options: dialectOptions,
  };
  const parts = dialects.map((dialect) => ({
    dialect: dialect.name,
    translation: dialect.translate(resources, environment),
  }));
  const merged = mergeTranslations(parts);
  return { ...merged, findings: [...merged.findings, ...left.map(orphaned)], resources: given, addresses };
}

function unitsOf(
  gateways: readonly Resource<Gateway>[],
  others: readonly string[],
  namespace: string,
): readonly DataPlaneUnit[] {
  const classes = others.map(classOfDataPlane).filter((each) => each !== null);
  return [
    ...gateways.map((gateway) => unitOfGateway(gateway)),
    ...classes.map((each) => unitOfClass(each, namespace, null, [])),
  ];
}

const group = 'gateway.networking.k8s.io';

/** Gateways of classes that name our controller: others are served, and given addresses, by somebody else. */
export function ownGateways(resources: ResourceSet): readonly Resource<Gateway>[] {
  const classes = resources.list<GatewayClass>({ group, kind: 'GatewayClass' });
  const own = new Set(
    classes
      .filter(({ object }) => object.spec.controllerName === controllerName)
      .map(({ reference }) => reference.name),
  );
  return resources
    .list<Gateway>({ group, kind: 'Gateway' })
    .filter(({ object }) => own.has(object.spec.gatewayClassName));
}
