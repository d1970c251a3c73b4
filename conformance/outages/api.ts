import { isNotFound } from '../../src/sources/kubernetes/api-error.ts';
import { ApiClient } from '../../src/sources/kubernetes/client.ts';
import { findCluster } from '../../src/sources/kubernetes/connect.ts';
import type { Manifest } from '../seeds/kubectl.ts';

/** Which resource of which group and version the objects of a kind are. */
const resources: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  Service: '/api/v1/services',
  Secret: '/api/v1/secrets',
  ConfigMap: '/api/v1/configmaps',
  Pod: '/api/v1/pods',
  ServiceAccount: '/api/v1/serviceaccounts',
  Deployment: '/apis/apps/v1/deployments',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  Lease: '/apis/coordination.k8s.io/v1/leases',
  GatewayClass: '/apis/gateway.networking.k8s.io/v1/gatewayclasses',
  Gateway: '/apis/gateway.networking.k8s.io/v1/gateways',
  ListenerSet: '/apis/gateway.networking.k8s.io/v1/listenersets',
  HTTPRoute: '/apis/gateway.networking.k8s.io/v1/httproutes',
  FarsideConfig: '/apis/farside.dev/v1alpha1/farsideconfigs',
  BackendTLSPolicy: '/apis/gateway.networking.k8s.io/v1/backendtlspolicies',
};

/** An object as the API server gives it. */
export interface Live {
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  /** Of a ServiceAccount. */
  readonly automountServiceAccountToken?: boolean;
}

/** The API server as a user of `$KUBECONFIG` meets it, without starting a `kubectl` for each question. */
export class Api {
  readonly client: ApiClient;

  private constructor(client: ApiClient) {
    this.client = client;
  }

  static async connect(): Promise<Api> {
    return new Api(
      new ApiClient(await findCluster({ kubeconfig: null, context: null, environment: { ...process.env } })),
    );
  }

  /** Creates an object or, where there is one, makes it so (server-side apply). */
  async apply(object: Manifest): Promise<Live> {
    const { kind, metadata } = object as { readonly kind: string; readonly metadata: Live['metadata'] };
    return (await this.client.json({
      method: 'PATCH',
      path: pathOf(kind, metadata.namespace ?? '', metadata.name),
      query: { fieldManager: 'tests', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: object,
    })) as Live;
  }

  async create(object: Manifest): Promise<Live> {
    const { kind, metadata } = object as { readonly kind: string; readonly metadata: Live['metadata'] };
    return (await this.client.json({
      method: 'POST',
      path: pathOf(kind, metadata.namespace ?? '', ''),
      body: object,
    })) as Live;
  }

  /** Null where there is none. */
  async get(kind: string, namespace: string, name: string): Promise<Live | null> {
    try {
      return (await this.client.json({ method: 'GET', path: pathOf(kind, namespace, name) })) as Live;
    } catch (cause) {
      if (isNotFound(cause)) return null;
      throw cause;
    }
  }

  /** Of all namespaces where it is empty. */
  async list(kind: string, namespace = '', labelSelector = ''): Promise<readonly Live[]> {
    const query = labelSelector === '' ? {} : { labelSelector };
    const list = await this.client.json({ method: 'GET', path: pathOf(kind, namespace, ''), query });
    return (list as { readonly items: readonly Live[] }).items;
  }

  async patch(kind: string, namespace: string, name: string, change: Manifest): Promise<Live> {
    const contentType = 'application/merge-patch+json';
    const path = pathOf(kind, namespace, name);
    return (await this.client.json({ method: 'PATCH', path, contentType, body: change })) as Live;
  }

  /** One that is gone already is no failure. */
  async remove(kind: string, namespace: string, name: string): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    try {
      await this.client.json({ method: 'DELETE', path: pathOf(kind, namespace, name), body });
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
    }
  }
}

/** The path of a kind's objects; of those of a namespace; or of one. */
export function pathOf(kind: string, namespace: string, name: string): string {
  const all = resources[kind];
  if (all === undefined) throw new Error(`nothing says where the API server has objects of kind ${kind}`);
  const end = all.lastIndexOf('/');
  const within = namespace === '' ? all : `${all.slice(0, end)}/namespaces/${namespace}${all.slice(end)}`;
  return name === '' ? within : `${within}/${name}`;
}
