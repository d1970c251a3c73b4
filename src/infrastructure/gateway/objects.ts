import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import { gatewayLabel, infrastructureName } from './names.ts';
import type { DeploymentParameters, Installation, PodParameters } from './parameters.ts';
import { dataPlaneContainer } from './pod.ts';

/** An object as it is applied (server-side apply): what it does not say is left to others. */
export interface DesiredObject extends KubernetesObject {
  readonly [field: string]: unknown;
}

/** The label by which the objects of a Gateway are found (GEP-1762). */
export const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';

/**
 * What a Gateway needs in order to exist: a ServiceAccount without a token, a Deployment, a Service, and, where there is
 * more than one pod, a PodDisruptionBudget. The Gateway owns all of it, so that it goes with it. Pure; holds no key: the
 * credentials of the stream are in a Secret of the same name that whoever makes them applies.
 */
export function gatewayObjects(
  gateway: Resource<Gateway>,
  parameters: DeploymentParameters,
  installation: Installation,
  ports: readonly ListenerPort[] = portsOf(gateway.object.spec.listeners),
): readonly DesiredObject[] {
  const name = infrastructureName(gateway.reference.name);
  const metadata = metadataOf(gateway);
  const selector = selectorOf(gateway);
  const { replicas, pod } = parameters;
  const objects: DesiredObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
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
  const spec = serviceSpec(gateway, parameters, installation, selector, ports);
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

/** Metadata that all objects of a Gateway share. `spec.infrastructure` adds to our labels, and never replaces them. */
export function metadataOf({ reference, object }: Resource<Gateway>) {
  const { labels = {}, annotations = {} } = object.spec.infrastructure ?? {};
  return {
    name: infrastructureName(reference.name),
    namespace: reference.namespace,
    labels: {
      ...labels,
      'app.kubernetes.io/name': 'farside',
      'app.kubernetes.io/component': 'data-plane',
      'app.kubernetes.io/managed-by': 'farside',
      [gatewayNameLabel]: gatewayLabel(reference.name),
    },
    annotations,
    ownerReferences: [
      {
        apiVersion: reference.apiVersion,
        kind: reference.kind,
        name: reference.name,
        uid: object.metadata.uid ?? '',
        // Without `blockOwnerDeletion`: some clusters ask for a right to the Gateway's finalizers then.
        controller: true,
      },
    ],
  };
}

/** Never changes: a Deployment's selector cannot. */
const selectorOf = ({ reference }: Resource<Gateway>) => ({
  'app.kubernetes.io/component': 'data-plane',
  [gatewayNameLabel]: gatewayLabel(reference.name),
});

/** A port that clients find a Gateway at. */
export interface ListenerPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** The ports of listeners. */
export function portsOf(
  listeners: readonly { readonly port: number; readonly protocol: string }[],
): readonly ListenerPort[] {
  return listeners.map(({ port, protocol }) => ({ port, protocol: protocol === 'UDP' ? 'UDP' : 'TCP' }));
}

const schedulingOf = ({ nodeSelector, tolerations, affinity, priorityClassName }: PodParameters) => ({
  ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
  ...(tolerations.length > 0 ? { tolerations } : {}),
  ...(affinity === null ? {} : { affinity }),
  ...(priorityClassName === null ? {} : { priorityClassName }),
});

function serviceSpec(
  { object }: Resource<Gateway>,
  { serviceType, loadBalancerClass, externalTrafficPolicy }: DeploymentParameters,
  { containerPort }: Installation,
  selector: Readonly<Record<string, string>>,
  listenerPorts: readonly ListenerPort[],
) {
  const ports = new Map<string, { readonly name: string; readonly [field: string]: unknown }>();
  for (const { port, protocol } of listenerPorts) {
    const targetPort = containerPort(port);
    const name = `${protocol.toLowerCase()}-${port}`;
    if (targetPort !== null) ports.set(name, { name, port, protocol, targetPort });
  }
  const [first, ...others] = staticAddresses(object);
  const balanced = serviceType === 'LoadBalancer';
  const external = balanced ? others : first === undefined ? [] : [first, ...others];
  return {
    type: serviceType,
    selector,
    ports: [...ports.values()],
    ...(balanced && first !== undefined ? { loadBalancerIP: first } : {}),
    ...(external.length > 0 ? { externalIPs: external } : {}),
    ...(balanced && loadBalancerClass !== null ? { loadBalancerClass } : {}),
    ...(serviceType !== 'ClusterIP' && externalTrafficPolicy !== null ? { externalTrafficPolicy } : {}),
  };
}

/** The addresses that a Gateway asks for. One without a value asks for any (`GatewayAddressEmpty`). */
function staticAddresses({ spec }: Gateway): readonly string[] {
  const asked = (spec.addresses ?? [])
    .filter(({ type }) => type === 'IPAddress')
    .map(({ value }) => canonicalIpAddress(value ?? ''));
  return [...new Set(asked.filter((address) => address !== null))];
}
