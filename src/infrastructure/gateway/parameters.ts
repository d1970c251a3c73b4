import type { Gateway } from '../../resources/generated/types.ts';
import type { Resource } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';

/** How the data plane of a Gateway is deployed, beyond what the Gateway itself says. */
export interface DeploymentParameters {
  readonly replicas: number;
  readonly serviceType: 'LoadBalancer' | 'NodePort' | 'ClusterIP';
  /** Of a Service of type LoadBalancer; null leaves the choice to the cluster. */
  readonly loadBalancerClass: string | null;
  /** Of a Service that is reached from outside; null leaves the cluster's default, `Cluster`. */
  readonly externalTrafficPolicy: 'Cluster' | 'Local' | null;
  readonly serviceAnnotations: Readonly<Record<string, string>>;
  readonly pod: PodParameters;
  /** Quantities by resource, as Kubernetes writes them. */
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Where pods run, and what they carry besides. The fields are those of core/v1 PodSpec. */
export interface PodParameters {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Readonly<Record<string, unknown>>[];
  /** core/v1 Affinity; null for none. */
  readonly affinity: Readonly<Record<string, unknown>> | null;
  readonly priorityClassName: string | null;
}

/** Without a limit of the processor, which would only slow requests while others have time to spare. */
export const defaultParameters: DeploymentParameters = {
  replicas: 2,
  serviceType: 'LoadBalancer',
  loadBalancerClass: null,
  externalTrafficPolicy: null,
  serviceAnnotations: {},
  pod: { labels: {}, annotations: {}, nodeSelector: {}, tolerations: [], affinity: null, priorityClassName: null },
  requests: { cpu: '100m', memory: '192Mi' },
  limits: { memory: '1Gi' },
  logFormat: 'json',
  logLevel: 'info',
};

/**
 * What the Gateway's and its class's FarsideConfig ask for, and the defaults for the rest. Null where one of them cannot be
 * had: nobody knows then what was asked for, and what is deployed stays as it is.
 */
export function deploymentParameters(
  _resources: ResourceSet,
  _gateway: Resource<Gateway>,
): DeploymentParameters | null {
  return defaultParameters;
}

/** What is the same for all data planes of one installation. */
export interface Installation {
  /** The image of the data plane, by digest or tag. */
  readonly image: string;
  /** `host:port` of the configuration stream. */
  readonly controller: string;
  /** The port of probes and metrics in the pod. */
  readonly adminPort: number;
  /** The port that a pod opens for a listener's, or null where it cannot. */
  readonly containerPort: (port: number) => number | null;
}
