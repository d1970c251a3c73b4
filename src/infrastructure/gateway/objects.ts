import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import { gatewayLabel, infrastructureName } from './names.ts';
import type { DeploymentParameters, Installation } from './parameters.ts';
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
): readonly DesiredObject[] {
  const name = infrastructureName(gateway.reference.name);
  const metadata = metadataOf(gateway);
  const selector = selectorOf(gateway);
  const { replicas } = parameters;
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
          metadata: { labels: metadata.labels, annotations: metadata.annotations },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            // Longer than the data plane drains.
            terminationGracePeriodSeconds: 45,
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
            containers: [dataPlaneContainer(parameters, installation)],
            volumes: [{ name: 'stream', secret: { secretName: name, defaultMode: 0o440 } }],
          },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: serviceSpec(gateway, parameters, installation, selector) },
  ];
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
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}

/** Never changes: a Deployment's selector cannot. */
const selectorOf = ({ reference }: Resource<Gateway>) => ({
  'app.kubernetes.io/component': 'data-plane',
  [gatewayNameLabel]: gatewayLabel(reference.name),
});

function serviceSpec(
  { object }: Resource<Gateway>,
  { serviceType }: DeploymentParameters,
  { containerPort }: Installation,
  selector: Readonly<Record<string, string>>,
) {
  const ports = new Map<string, { readonly name: string; readonly [field: string]: unknown }>();
  for (const { port, protocol: spoken } of object.spec.listeners) {
    const targetPort = containerPort(port);
    const protocol = spoken === 'UDP' ? 'UDP' : 'TCP';
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
  };
}

/** The addresses that a Gateway asks for. One without a value asks for any (`GatewayAddressEmpty`). */
function staticAddresses({ spec }: Gateway): readonly string[] {
  const asked = (spec.addresses ?? [])
    .filter(({ type }) => type === 'IPAddress')
    .map(({ value }) => canonicalIpAddress(value ?? ''));
  return [...new Set(asked.filter((address) => address !== null))];
}
