import type { Finding } from '../model/finding.ts';
import type { KeyMaterial, Model } from '../model/model.ts';
import type { GroupKind, Resource } from '../resources/object.ts';
import type { Grant } from '../resources/resolve.ts';
import type { ResourceSet } from '../resources/set.ts';

/**
 * One way of saying how traffic flows. Pure: no I/O, no clock, no randomness; whatever a dialect needs to know of the
 * world comes in as a resource or in the environment.
 */
export interface Dialect {
  /** The folder's name; grants and findings carry it. */
  readonly name: string;
  /** The kinds that this dialect reads, and so what a source must watch for it. */
  readonly kinds: readonly GroupKind[];
  grants(resources: ResourceSet): readonly Grant[];
  /**
   * Objects that an installation brings to a cluster and that a folder need not state (the GatewayClass), as far as
   * the given set lacks them. Only a folder adds them; in a cluster what is absent is absent.
   */
  supply?(resources: ResourceSet): readonly Resource[];
  /**
   * The data planes that its objects ask for besides those of Gateways, by their names (`dataPlaneOfClass`): each is given
   * addresses, and in a cluster a Deployment and a Service.
   */
  dataPlanes?(resources: ResourceSet, options?: DialectOptions): readonly string[];
  translate(resources: ResourceSet, environment: Environment): Translation;
}

/** What translation must know beyond the objects. */
export interface Environment {
  /**
   * The addresses of a Gateway by `namespace/name`, and of other data planes by their names, as infrastructure assigned
   * them: canonical (RFC 5952), and empty where none was left. A Gateway that asks for an address and has another could not
   * have it.
   */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  /**
   * Of the same, the addresses of the cluster (ClusterIPs) that a Gateway's Service has, which may be among `addresses` or
   * beside them. Absent where Gateways have no Services.
   */
  readonly clusterAddresses?: Readonly<Record<string, readonly string[]>>;
  /**
   * Whether every Gateway has a data plane of its own, which opens its ports on whatever addresses it has; otherwise one
   * data plane opens them at the addresses of the Gateways.
   */
  readonly ownDataPlanes: boolean;
  /** Added to every listener's declared port to get the one that is opened; 0 in a cluster. */
  readonly portOffset: number;
  /** RFC 3339 time that expiry is judged by. Whoever calls decides how often it moves. */
  readonly now: string;
  /** What was asked of each dialect when the gateway was started, by the dialect's name. */
  readonly options?: DialectsOptions;
}

export type DialectsOptions = Readonly<Record<string, DialectOptions>>;

export interface DialectOptions {
  /** What the dialect's peer is configured with outside of any cluster, as a resource of the dialect's own. */
  readonly configuration?: Resource;
  /** The looser behaviour of the peer, asked for by name. */
  readonly compatible?: boolean;
}

export interface Translation {
  readonly model: Model;
  readonly keys: KeyMaterial;
  readonly findings: readonly Finding[];
  /** The desired status of every object that this dialect answers for, given what the data plane made of the model. */
  status(applied: DataPlaneFacts): readonly StatusDocument[];
}

/** What the data plane is known to do; translation that opens nothing assumes that all of it works. */
export interface DataPlaneFacts {
  /** Whether a listener (by its model id) is open with the current configuration. */
  isOpen(listener: string): boolean;
  readonly findings: readonly Finding[];
}

/** One object's status, exactly as it would be written to Kubernetes. */
export interface StatusDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string };
  readonly status: Readonly<Record<string, unknown>>;
}
