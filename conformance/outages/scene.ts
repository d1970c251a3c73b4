import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../seeds/kubectl.ts';
import { className, gatewayApi, namespace } from '../seeds/objects.ts';
import { Api, type Live } from './api.ts';
import { ConditionWatch } from './conditions.ts';
import { ControllerProcess, controllerNamespace, leaseName } from './controllers.ts';
import { describeFailures, type Failure, Load } from './load.ts';
import { dataPlaneProcesses, podOf, type RunningProcess } from './processes.ts';
import { Pulse } from './pulse.ts';

export const steadyName = 'steady.example.com';
/** The Deployment and Service of the Gateway `edge`. */
export const edgeName = 'farside-edge';

export interface SceneOptions {
  /** Of its own, and removed afterwards. */
  readonly namespace: string;
  /** How many controllers there are; the first is started first. */
  readonly controllers?: number;
  /** Of the Gateway's spec, beside the class and a listener on port 80. */
  readonly spec?: Manifest;
  /** Beside the Gateway, made before it. */
  readonly objects?: readonly Manifest[];
}

/** A Gateway `edge` with a backend behind it, and the controllers that it is served by. */
export class Scene {
  readonly api: Api;
  readonly namespace: string;
  /** Of the Gateway. */
  readonly address: string;
  readonly controllers: readonly ControllerProcess[];

  private constructor(api: Api, namespace: string, address: string, controllers: readonly ControllerProcess[]) {
    this.api = api;
    this.namespace = namespace;
    this.address = address;
    this.controllers = controllers;
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const api = await Api.connect();
    const space = options.namespace;
    for (const object of [namespace(controllerNamespace), namespace(space), gatewayClass, ...echo(space)]) {
      await api.apply(object);
    }
    for (const object of options.objects ?? []) await api.apply(object);
    await api.apply(edge(space, options.spec));
    const folder = requiredVariable('FARSIDE_PACKAGE');
    const logs = requiredVariable('FARSIDE_LOGS');
    mkdirSync(logs, { recursive: true });
    const controllers = Array.from(
      { length: options.controllers ?? 1 },
      (_, index) =>
        new ControllerProcess({ folder, adminPort: 9990 + index, logFile: join(logs, `${space}-${index}.log`) }),
    );
    for (const controller of controllers) {
      controller.start();
      // The first is to lead.
      if (controllers.length > 1) await until('a controller leads', 40, async () => (await holder(api)) !== '');
    }
    const address = await until('the Gateway is programmed', 60, async () =>
      addressOf(await api.get('Gateway', space, 'edge')),
    );
    const scene = new Scene(api, space, address, controllers);
    await scene.settled();
    return scene;
  }

  /** Resolves when every pod that the Deployment asks for is there, and no other. */
  async settled(): Promise<void> {
    await until('all pods are ready, and no other is left', 90, async () => {
      const deployment = await this.api.get('Deployment', this.namespace, edgeName);
      const {
        replicas = 0,
        readyReplicas = 0,
        updatedReplicas = 0,
        observedGeneration,
      } = (deployment?.status ?? {}) as {
        readonly replicas?: number;
        readonly readyReplicas?: number;
        readonly updatedReplicas?: number;
        readonly observedGeneration?: number;
      };
      const wanted = deployment?.spec?.replicas;
      const pods = await this.pods();
      return (
        observedGeneration === deployment?.metadata.generation &&
        [replicas, readyReplicas, updatedReplicas, pods.length].every((count) => count === wanted)
      );
    });
    // Rules of kube-proxy follow within that time.
    await sleep(1_500);
  }

  pods(): Promise<readonly Live[]> {
    return this.api.list('Pod', this.namespace, 'gateway.networking.k8s.io/gateway-name=edge');
  }

  /** The control processes of the Gateway's pods. */
  async processes(): Promise<readonly RunningProcess[]> {
    const names = new Set((await this.pods()).map(({ metadata }) => metadata.name));
    return dataPlaneProcesses().filter(({ pid }) => names.has(podOf(pid)));
  }

  /** Steady load through the load balancer. */
  load(): Load {
    return new Load({ host: this.address, port: 80, name: steadyName, kept: 6, fresh: 3 });
  }

  async close(): Promise<void> {
    await this.api.remove('Gateway', this.namespace, 'edge');
    for (const controller of this.controllers) await controller.end('SIGTERM');
    await this.api.remove('Namespace', '', this.namespace);
    this.api.client.close();
  }
}

/** Steady load, a route that changes each second, and a look at every condition, while something happens. */
export class Watched {
  readonly load: Load;
  readonly pulse: Pulse;
  readonly conditions: ConditionWatch;

  constructor(scene: Scene) {
    this.load = scene.load();
    this.pulse = new Pulse(scene.api, scene.namespace, scene.address);
    this.conditions = new ConditionWatch(scene.api, scene.namespace);
  }

  /** Until the first change is served, so that what fails later fails for what happens then. */
  async warm(): Promise<void> {
    await until('the first change is made', 20, async () => this.pulse.beat > 0);
    await this.pulse.arrived(1, 30);
    await sleep(2_000);
    assert.equal(describeFailures(this.load.failures), '', 'before anything happens');
  }

  /**
   * The end: what was changed is served, and there were enough requests for that to mean something. Gives what failed.
   * `tolerated` is how long (seconds) the newest change may take.
   */
  async finish(tolerated: number): Promise<readonly Failure[]> {
    try {
      const last = await this.pulse.once();
      await this.pulse.arrived(last, tolerated);
      // Changes of status come after those of traffic.
      await sleep(3_000);
    } finally {
      await this.stop();
    }
    assert.ok(this.load.answered > 300, `${this.load.answered} requests are too few to tell anything`);
    return this.load.failures;
  }

  async stop(): Promise<void> {
    await this.pulse.stop();
    await this.load.stop();
    await this.conditions.stop();
  }
}

/** No request failed, and no condition fell. */
export async function assertUndisturbed(watched: Watched, tolerated: number): Promise<void> {
  const failures = await watched.finish(tolerated);
  assert.equal(describeFailures(failures), '');
  assert.deepEqual(watched.conditions.falls, []);
}

/** Tries until the probe gives something (neither null, false nor empty), for at most so many seconds. */
export async function until<T>(what: string, seconds: number, probe: () => Promise<T>): Promise<NonNullable<T>> {
  const end = performance.now() + seconds * 1_000;
  let trouble = '';
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
    } catch (cause) {
      trouble = cause instanceof Error ? `: ${cause.message}` : '';
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s${trouble}`);
    await sleep(100);
  }
}

/** Who leads; empty for nobody. */
export async function holder(api: Api): Promise<string> {
  const lease = await api.get('Lease', controllerNamespace, leaseName);
  return String(lease?.spec?.holderIdentity ?? '');
}

/** The address of a Gateway that is programmed; empty otherwise. */
export function addressOf(gateway: Live | null): string {
  const { conditions = [], addresses = [] } = (gateway?.status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly addresses?: readonly { readonly value: string }[];
  };
  const programmed = conditions.some(({ type, status }) => type === 'Programmed' && status === 'True');
  return programmed ? (addresses[0]?.value ?? '') : '';
}

const gatewayClass: Manifest = {
  apiVersion: gatewayApi,
  kind: 'GatewayClass',
  metadata: { name: className },
  spec: { controllerName: 'farside.dev/gateway-controller' },
};

const edge = (space: string, spec: Manifest = {}): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: space },
  spec: { gatewayClassName: className, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }], ...spec },
});

/** The backend of the steady requests: two pods of the Gateway API's echo server. */
const echo = (space: string): readonly Manifest[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'echo', namespace: space },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'echo' } },
      template: {
        metadata: { labels: { app: 'echo' } },
        spec: {
          containers: [
            {
              name: 'echo',
              image: 'registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0',
              env: [
                { name: 'POD_NAME', value: 'echo' },
                { name: 'NAMESPACE', value: space },
              ],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'echo', namespace: space },
    spec: { selector: { app: 'echo' }, ports: [{ name: 'http', port: 80, targetPort: 3000 }] },
  },
  {
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: { name: 'steady', namespace: space },
    spec: {
      parentRefs: [{ name: 'edge' }],
      hostnames: [steadyName],
      rules: [{ backendRefs: [{ name: 'echo', port: 80 }] }],
    },
  },
];

function requiredVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`$${name} is not set: run this by npm run conformance -- --outages`);
  return value;
}
