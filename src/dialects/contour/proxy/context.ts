import type { HTTPProxy } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { defaultIngressClass, ownClassOf } from '../ingress-class.ts';
import { keyOf } from '../names.ts';
import { Notes } from '../notes.ts';
import type { Secrets } from '../secret/secrets.ts';
import type { BackendCollector } from '../service/backends.ts';
import type { Settings } from '../settings.ts';

export type ProxyResource = Resource<HTTPProxy>;

/** What the reading of every HTTPProxy shares. Made anew for every translation. */
export class ProxyContext {
  readonly resources: ResourceSet;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly backends: BackendCollector;
  readonly #proxies: ReadonlyMap<string, ProxyResource>;
  readonly #notes = new Map<ProxyResource, Notes>();
  readonly #included = new Set<ProxyResource>();

  /** @param proxies those of our classes */
  constructor(
    resources: ResourceSet,
    settings: Settings,
    secrets: Secrets,
    backends: BackendCollector,
    proxies: readonly ProxyResource[],
  ) {
    this.resources = resources;
    this.settings = settings;
    this.secrets = secrets;
    this.backends = backends;
    this.#proxies = new Map(proxies.map((proxy) => [keyOf(proxy), proxy]));
  }

  get proxies(): Iterable<ProxyResource> {
    return this.#proxies.values();
  }

  /** The class of ours that a proxy is of. */
  classOf(proxy: ProxyResource): string {
    const { ingressClassName } = proxy.object.spec;
    return ownClassOf(proxy, ingressClassName, this.settings.ingressClasses) ?? defaultIngressClass;
  }

  /** A proxy that another one includes. */
  find(namespace: string, name: string): ProxyResource | undefined {
    return this.#proxies.get(`${namespace}/${name}`);
  }

  notesOf(proxy: ProxyResource): Notes {
    const known = this.#notes.get(proxy);
    if (known !== undefined) return known;
    const notes = new Notes(proxy);
    this.#notes.set(proxy, notes);
    return notes;
  }

  /** The proxy is part of what a root delegates. */
  include(proxy: ProxyResource): void {
    this.#included.add(proxy);
  }

  isIncluded(proxy: ProxyResource): boolean {
    return this.#included.has(proxy);
  }
}
