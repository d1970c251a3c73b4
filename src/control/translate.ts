import type { Dialect, Environment, Translation } from '../dialects/dialect.ts';
import type { AddressPool } from '../infrastructure/address-pool.ts';
import { type AddressAssignment, assignAddresses } from '../infrastructure/addresses.ts';
import { addressesOfServices } from '../infrastructure/gateway/service-addresses.ts';
import type { Gateway, GatewayClass } from '../resources/generated/types.ts';
import type { Lookups } from '../resources/lookups.ts';
import type { RefusedObject, Resource } from '../resources/object.ts';
import { ResourceSet } from '../resources/set.ts';
import { mergeTranslations } from './merge-translations.ts';
import { dialects as allDialects, controllerName } from './parts.ts';

export interface TranslateOptions {
  /** `services`: each Gateway has a data plane and a Service of its own, and the addresses of that. */
  readonly pool: AddressPool | 'services';
  readonly portOffset: number;
  /** RFC 3339. */
  readonly now: string;
  /** Who had which address before; who still exists keeps it. */
  readonly addresses?: AddressAssignment;
  readonly dialects?: readonly Dialect[];
  /** False for a cluster, where what an installation brings is there or is not. */
  readonly supply?: boolean;
}

/** A translation by all dialects, and the addresses that it took for granted. */
export interface WholeTranslation extends Translation {
  readonly addresses: AddressAssignment;
}

/** What a source gives. */
export interface SourceObjects {
  readonly objects: readonly Resource[];
  readonly refused: readonly RefusedObject[];
  /** For sources that fetch some objects only when they are asked for. */
  readonly lookups?: Lookups;
}

/** What the objects of a source say about traffic, in every dialect. Pure, but for what `lookups` learns. */
export function translate({ objects, refused, lookups }: SourceObjects, options: TranslateOptions): WholeTranslation {
  const { pool, portOffset, now, dialects = allDialects, supply = true } = options;
  const given = new ResourceSet(objects, refused, lookups);
  const supplied = supply ? dialects.flatMap((dialect) => dialect.supply?.(given) ?? []) : [];
  const resources = supplied.length === 0 ? given : new ResourceSet([...objects, ...supplied], refused, lookups);
  const addresses =
    pool === 'services'
      ? addressesOfServices(ownGateways(resources), resources, options.addresses ?? {})
      : assignAddresses(ownGateways(resources), pool, options.addresses ?? {});
  const environment: Environment = { addresses, ownDataPlanes: pool === 'services', portOffset, now };
  const parts = dialects.map((dialect) => ({
    dialect: dialect.name,
    translation: dialect.translate(resources, environment),
  }));
  return { ...mergeTranslations(parts), addresses };
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
