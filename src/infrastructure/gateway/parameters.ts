import { classParametersOf, parametersOf } from '../../policies/parameters.ts';
import type { FarsideConfigSpecDataPlane } from '../../resources/generated/farside-types.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { Resource } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';

/** How the data plane of a Gateway is deployed, beyond what the Gateway itself says. */
export interface DeploymentParameters {
  readonly replicas: number;
  /** Worker processes of a pod. */
  readonly workers: number;
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
  /** `namespace/name` of the FarsideConfig of the class, or null; noted for the day on which the class is gone. */
  readonly classParameters: string | null;
}

/** The annotation of a Deployment that holds `classParameters`. */
export const classParametersAnnotation = 'farside.dev/class-parameters';

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
  workers: 1,
  serviceType: 'LoadBalancer',
  loadBalancerClass: null,
  externalTrafficPolicy: null,
  serviceAnnotations: {},
  pod: { labels: {}, annotations: {}, nodeSelector: {}, tolerations: [], affinity: null, priorityClassName: null },
  requests: { cpu: '100m', memory: '192Mi' },
  limits: { memory: '1Gi' },
  logFormat: 'json',
  logLevel: 'info',
  classParameters: null,
};

/**
 * What the Gateway's FarsideConfig asks for, then that of its class, and the defaults for the rest. Maps are merged by
 * key. Null where one of them cannot be had: nobody knows then what was asked for, and what is deployed stays as it is.
 */
export function deploymentParameters(resources: ResourceSet, gateway: Resource<Gateway>): DeploymentParameters | null {
  const configs = parametersOf(resources, gateway);
  if (configs === null) return null;
  const ofClass = classParametersOf(resources, gateway)?.reference;
  return {
    ...mergeParameters(configs.map(({ object }) => object.spec.dataPlane ?? {})),
    classParameters: ofClass === undefined ? null : `${ofClass.namespace}/${ofClass.name}`,
  };
}

/** The first counts most. */
function mergeParameters(stated: readonly FarsideConfigSpecDataPlane[]): Omit<DeploymentParameters, 'classParameters'> {
  const defaults = defaultParameters;
  const first = <T>(of: (each: FarsideConfigSpecDataPlane) => T | undefined): T | undefined =>
    stated.map(of).find((value) => value !== undefined);
  const merged = <T>(of: (each: FarsideConfigSpecDataPlane) => Readonly<Record<string, T>> | undefined) =>
    Object.assign({}, ...stated.map(of).reverse()) as Readonly<Record<string, T>>;
  const serviceType = first(({ service }) => service?.type) ?? defaults.serviceType;
  const requests = merged(({ resources }) => resources?.requests);
  const limits = merged(({ resources }) => resources?.limits);
  const isStated = (name: string): boolean => name in requests || name in limits;
  return {
    replicas: first(({ replicas }) => replicas) ?? defaults.replicas,
    workers: first(({ workers }) => workers) ?? defaults.workers,
    serviceType,
    // What one of them says beside another type of Service means nothing here.
    loadBalancerClass:
      serviceType === 'LoadBalancer' ? (first(({ service }) => service?.loadBalancerClass) ?? null) : null,
    externalTrafficPolicy:
      serviceType === 'ClusterIP' ? null : (first(({ service }) => service?.externalTrafficPolicy) ?? null),
    serviceAnnotations: merged(({ service }) => service?.annotations),
    pod: {
      labels: merged(({ pod }) => pod?.labels),
      annotations: merged(({ pod }) => pod?.annotations),
      nodeSelector: merged(({ pod }) => pod?.nodeSelector),
      tolerations: (first(({ pod }) => pod?.tolerations) ?? []).map((toleration) => ({ ...toleration })),
      affinity: first(({ pod }) => (pod?.affinity === undefined ? undefined : { ...pod.affinity })) ?? null,
      priorityClassName: first(({ pod }) => pod?.priorityClassName) ?? null,
    },
    // A request above a limit that nobody asked for, or the reverse, would be refused.
    requests: { ...without(defaults.requests, isStated), ...quantities(requests) },
    limits: { ...without(defaults.limits, isStated), ...quantities(limits) },
    logFormat: first(({ logging }) => logging?.format) ?? defaults.logFormat,
    logLevel: first(({ logging }) => logging?.level) ?? defaults.logLevel,
  };
}

function without<T>(values: Readonly<Record<string, T>>, isStated: (name: string) => boolean) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !isStated(name)));
}

function quantities(stated: Readonly<Record<string, number | string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(stated).map(([name, quantity]) => [name, String(quantity)]));
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
