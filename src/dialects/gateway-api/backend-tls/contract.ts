import type { Finding } from '../../../model/finding.ts';
import type { KeyMaterial, Table } from '../../../model/model.ts';
import type { BackendSecurity, Certificate, TrustBundle } from '../../../model/tls.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { Grant } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import type { Environment, StatusDocument } from '../../dialect.ts';
import type { BackendTarget } from '../service/target.ts';

/** What backend TLS is decided from. */
export interface BackendTlsInput {
  readonly resources: ResourceSet;
  readonly grants: readonly Grant[];
  readonly environment: Environment;
  /** The Gateways that are ours. */
  readonly gateways: readonly Resource<Gateway>[];
}

/** One port of a Service, or an XBackend, as one rule of one route reaches it through one listener. */
export interface Reach {
  readonly target: BackendTarget;
  readonly gateway: Resource<Gateway>;
  /** The listener's name. */
  readonly listener: string;
  readonly route: Resource;
  /** The rule's name, or an empty string. */
  readonly ruleName: string;
}

export interface Decision {
  /**
   * Tells apart the backends of one port where policies on Gateways or routes, or a Gateway's client certificate, make
   * them differ: empty, or a suffix for `Backend.id`. It depends on the way alone, never on what else there is, so that
   * an id means the same tomorrow.
   */
  readonly variant: string;
  readonly security: BackendSecurity;
  /** What the route must tell with ResolvedRefs=False, or null. Also among `BackendTlsOutcome.findings`. */
  readonly problem: Finding | null;
}

/** Everything that BackendTLSPolicy and the Gateways' client certificates decide. Built once for a translation. */
export interface BackendTlsDecisions {
  /** Security of one Service port as it is reached. Also remembers which policies the Gateway is an ancestor of. */
  decide(reach: Reach): Decision;
  /** TLS goes on to the backend as it is: a policy that covers the port does not concern it, and a finding says so. */
  passThrough(reach: Reach): void;
  /** What the Gateway must tell with ResolvedRefs=False about `spec.tls.backend`. Also among the outcome's findings. */
  problemsOf(gateway: Resource<Gateway>): readonly Finding[];
  /** Call once all routes are read. */
  finish(): BackendTlsOutcome;
}

export interface BackendTlsOutcome {
  /** Client certificates. An id may also be a listener's certificate; both are the same then. */
  readonly certificates: Table<Certificate>;
  readonly trustBundles: Table<TrustBundle>;
  readonly keys: KeyMaterial;
  readonly findings: readonly Finding[];
  /** One for each BackendTLSPolicy that has an ancestor of ours, and for each XBackend that is reached. */
  readonly statuses: readonly StatusDocument[];
}
