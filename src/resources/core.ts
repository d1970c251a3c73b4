import type { KubernetesObject } from './object.ts';

/*
 * The built-in kinds, as far as they are read here. Objects that passed `validateObject` hold every other field of the
 * kind too.
 */

/** core/v1 Namespace. */
export interface Namespace extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Namespace';
}

/** core/v1 ConfigMap. */
export interface ConfigMap extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly data?: Readonly<Record<string, string>>;
  /** Base64 (RFC 4648 section 4). */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** certificates.k8s.io ClusterTrustBundle, of any version. Cluster-scoped, and readable for all (KEP-3257). */
export interface ClusterTrustBundle extends KubernetesObject {
  readonly kind: 'ClusterTrustBundle';
  readonly spec: {
    /** Whose CA it is; the object's name begins with it then. */
    readonly signerName?: string;
    /** PEM of CA certificates. */
    readonly trustBundle: string;
  };
}

/** core/v1 Secret. `stringData` is merged into `data`, as the API server does. */
export interface Secret extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  /** `Opaque` where the object says nothing. */
  readonly type: string;
  /** Base64 (RFC 4648 section 4). */
  readonly data?: Readonly<Record<string, string>>;
}

/** core/v1 Service. */
export interface Service extends KubernetesObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly spec: ServiceSpec;
}

export interface ServiceSpec {
  readonly type: 'ClusterIP' | 'ExternalName' | 'LoadBalancer' | 'NodePort';
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly ports?: readonly ServicePort[];
  readonly selector?: Readonly<Record<string, string>>;
  /** Whether EndpointSlices call pods ready that are not. */
  readonly publishNotReadyAddresses?: boolean;
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** A number, or the name of a container's port. */
  readonly targetPort: number | string;
  readonly appProtocol?: string;
}

/** discovery.k8s.io/v1 EndpointSlice. Belongs to the Service that the label `kubernetes.io/service-name` names. */
export interface EndpointSlice extends KubernetesObject {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly Endpoint[];
  readonly ports?: readonly EndpointPort[];
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: EndpointConditions;
  readonly hostname?: string;
}

/** An absent `ready` counts as true; an absent `serving` as `ready`; an absent `terminating` as false. */
export interface EndpointConditions {
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
}

export interface EndpointPort {
  /** The name of the Service's port; empty for the port without a name. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** Absent means every port. */
  readonly port?: number;
  readonly appProtocol?: string;
}

/** networking.k8s.io/v1 Ingress. */
export interface Ingress extends KubernetesObject {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'Ingress';
  readonly spec: IngressSpec;
}

export interface IngressSpec {
  readonly ingressClassName?: string;
  /** For requests that no rule fits. */
  readonly defaultBackend?: IngressBackend;
  readonly tls?: readonly IngressTls[];
  readonly rules?: readonly IngressRule[];
}

export interface IngressTls {
  readonly hosts?: readonly string[];
  readonly secretName?: string;
}

export interface IngressRule {
  /** Exact, or `*.` and a suffix; absent for every host. */
  readonly host?: string;
  readonly http?: { readonly paths: readonly IngressPath[] };
}

export interface IngressPath {
  readonly path?: string;
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  readonly backend: IngressBackend;
}

/** One of the two is set. */
export interface IngressBackend {
  readonly service?: {
    readonly name: string;
    /** One of the two is set. */
    readonly port?: { readonly name?: string; readonly number?: number };
  };
  readonly resource?: { readonly apiGroup?: string; readonly kind: string; readonly name: string };
}
