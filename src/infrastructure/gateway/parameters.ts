/** How the data plane of a Gateway is deployed, beyond what the Gateway itself says. */
export interface DeploymentParameters {
  readonly replicas: number;
  readonly serviceType: 'LoadBalancer' | 'NodePort' | 'ClusterIP';
  /** Quantities by resource, as Kubernetes writes them. */
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Without a limit of the processor, which would only slow requests while others have time to spare. */
export const defaultParameters: DeploymentParameters = {
  replicas: 2,
  serviceType: 'LoadBalancer',
  requests: { cpu: '100m', memory: '192Mi' },
  limits: { memory: '1Gi' },
  logFormat: 'json',
  logLevel: 'info',
};

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
