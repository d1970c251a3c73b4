import type { DeploymentParameters, Installation } from './parameters.ts';

/** Where the pod finds the credentials of its stream. */
export const credentialsFolder = '/etc/farside/stream';

/** The container that carries the traffic. It needs no privilege: its ports are above 1,023. */
export function dataPlaneContainer(
  { workers, requests, limits, logFormat, logLevel }: DeploymentParameters,
  { image, controller, adminPort }: Installation,
) {
  return {
    name: 'data-plane',
    image,
    args: [
      'data-plane',
      `--controller=${controller}`,
      `--credentials=${credentialsFolder}`,
      `--admin=0.0.0.0:${adminPort}`,
      `--workers=${workers}`,
      `--log-format=${logFormat}`,
      `--log-level=${logLevel}`,
    ],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      // A young generation of a few MiB: V8 would let it grow with a large configuration, and keep it. And `node:ffi` would
      // say in the log that it is an experiment.
      { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4 --disable-warning=ExperimentalWarning' },
    ],
    ports: [{ name: 'admin', containerPort: adminPort, protocol: 'TCP' }],
    resources: { requests, limits },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    startupProbe: probe('/healthz', adminPort, { periodSeconds: 1, failureThreshold: 60 }),
    livenessProbe: probe('/healthz', adminPort, { periodSeconds: 10, failureThreshold: 3 }),
    readinessProbe: probe('/readyz', adminPort, { periodSeconds: 2, failureThreshold: 2 }),
    volumeMounts: [{ name: 'stream', mountPath: credentialsFolder, readOnly: true }],
  };
}

const probe = (path: string, port: number, timing: Readonly<Record<string, number>>) => ({
  httpGet: { path, port },
  ...timing,
});
