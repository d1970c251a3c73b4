import type { KubernetesObject } from '../../resources/object.ts';
import {
  classParametersAnnotation,
  type DeploymentParameters,
  type Installation,
  type PodParameters,
} from './parameters.ts';
import { dataPlaneContainer } from './pod.ts';
import type { DataPlaneUnit } from './unit.ts';

/** An object as it is applied (server-side apply): what it does not say is left to others. */
export interface DesiredObject extends KubernetesObject {
  readonly [field: string]: unknown;
}

/**
 * What a data plane in pods is made of: a ServiceAccount without a token, a Deployment, a Service, and, where there is more
 * than one pod, a PodDisruptionBudget. The owner of the unit owns all of it, so that it goes with it. Pure; holds no key:
 * the credentials of the stream are in a Secret of the same name that whoever makes them applies.
 */
export function unitObjects(
  unit: DataPlaneUnit,
  parameters: DeploymentParameters,
  installation: Installation,
): readonly DesiredObject[] {
  const { objectName: name, identity: selector } = unit;
  const metadata = metadataOf(unit);
  const { replicas, pod, classParameters } = parameters;
  const objects: DesiredObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, annotations: { ...metadata.annotations, ...noteOf(classParameters) } },
      spec: {
        replicas,
        selector: { matchLabels: selector },
        // A new pod is ready, with all listeners open, before an old one goes.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: {
            labels: { ...pod.labels, ...metadata.labels },
            annotations: { ...pod.annotations, ...metadata.annotations },
          },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            // Longer than the data plane drains, and no longer than others: a namespace that is deleted is looked at again
            // only after half of it.
            terminationGracePeriodSeconds: 30,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65_532,
              runAsGroup: 65_532,
              fsGroup: 65_532,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: selector },
            })),
            ...schedulingOf(pod),
            containers: [dataPlaneContainer(parameters, installation)],
            volumes: [{ name: 'stream', secret: { secretName: name, defaultMode: 0o440 } }],
          },
        },
      },
    },
  ];
  const spec = serviceSpec(unit, parameters, installation);
  // Kubernetes has no Service without a port.
  if (spec.ports.length > 0) {
    const annotations = { ...parameters.serviceAnnotations, ...metadata.annotations };
    objects.push({ apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, annotations }, spec });
  }
  if (replicas > 1) {
    objects.push({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
    });
  }
  return objects;
}

/** Metadata that all objects of a unit share. */
export const metadataOf = ({ objectName, namespace, labels, annotations, owner }: DataPlaneUnit) => ({
  name: objectName,
  namespace,
  labels,
  annotations,
  ...(owner === null ? {} : { ownerReferences: [owner] }),
});

/** What must be known of the class when it is gone. */
const noteOf = (classParameters: string | null): Readonly<Record<string, string>> =>
  classParameters === null ? {} : { [classParametersAnnotation]: classParameters };

const schedulingOf = ({ nodeSelector, tolerations, affinity, priorityClassName }: PodParameters) => ({
  ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
  ...(tolerations.length > 0 ? { tolerations } : {}),
  ...(affinity === null ? {} : { affinity }),
  ...(priorityClassName === null ? {} : { priorityClassName }),
});

function serviceSpec(
  { identity, ports: listenerPorts, addresses, clusterAddress, isClusterOnly }: DataPlaneUnit,
  { serviceType: stated, loadBalancerClass, externalTrafficPolicy }: DeploymentParameters,
  { containerPort }: Installation,
) {
  const ports = new Map<string, { readonly name: string; readonly [field: string]: unknown }>();
  for (const { port, protocol } of listenerPorts) {
    const targetPort = containerPort(port);
    const name = `${protocol.toLowerCase()}-${port}`;
    if (targetPort !== null) ports.set(name, { name, port, protocol, targetPort });
  }
  const serviceType = isClusterOnly ? 'ClusterIP' : stated;
  const [first, ...others] = addresses;
  const balanced = serviceType === 'LoadBalancer';
  const external = balanced ? others : first === undefined ? [] : [first, ...others];
  return {
    type: serviceType,
    selector: identity,
    ports: [...ports.values()],
    ...(clusterAddress === null ? {} : { clusterIP: clusterAddress }),
    ...(balanced && first !== undefined ? { loadBalancerIP: first } : {}),
    ...(external.length > 0 ? { externalIPs: external } : {}),
    ...(balanced && loadBalancerClass !== null ? { loadBalancerClass } : {}),
    ...(serviceType !== 'ClusterIP' && externalTrafficPolicy !== null ? { externalTrafficPolicy } : {}),
  };
}
