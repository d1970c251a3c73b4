import type { ObjectReference, Origin } from '../model/origin.ts';
import type { Lookups } from './lookups.ts';
import { type GroupKind, groupOf, type KubernetesObject, type RefusedObject, type Resource } from './object.ts';
import type { UnservedKind } from './unserved.ts';

/** The objects of one moment, by kind and name. Immutable. */
export class ResourceSet {
  readonly #kinds: ReadonlyMap<string, ReadonlyMap<string, Resource>>;
  readonly #refused: readonly RefusedObject[];
  readonly #lookups: Lookups | null;
  /** Of the kinds that were listed so far. */
  readonly #lists = new Map<string, readonly Resource[]>();
  /** Kinds that the source cannot have objects of. A folder can have objects of every kind. */
  readonly unserved: readonly UnservedKind[];

  /** Of two resources with one kind and name, the later one counts. `lookups` learns what is asked for by name. */
  constructor(
    resources: Iterable<Resource>,
    refused: readonly RefusedObject[] = [],
    lookups: Lookups | null = null,
    unserved: readonly UnservedKind[] = [],
  ) {
    this.#refused = refused;
    this.#lookups = lookups;
    this.unserved = unserved;
    const kinds = new Map<string, Map<string, Resource>>();
    for (const resource of resources) {
      const key = kindKey(groupOf(resource.reference.apiVersion), resource.reference.kind);
      let objects = kinds.get(key);
      if (objects === undefined) {
        objects = new Map();
        kinds.set(key, objects);
      }
      objects.set(nameKey(resource.reference.namespace, resource.reference.name), resource);
    }
    this.#kinds = kinds;
  }

  /** All objects of a kind, in the order of `namespace/name`. The caller vouches for the object type of the kind. */
  list<T extends KubernetesObject>(kind: GroupKind): readonly Resource<T>[] {
    const key = kindKey(kind.group, kind.kind);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = [...(this.#kinds.get(key) ?? [])].sort(byKey).map(([, resource]) => resource);
      this.#lists.set(key, list);
    }
    return list as readonly Resource<T>[];
  }

  /**
   * One object by its name. For references between objects use `resolve()`, which checks permission first; this is for
   * an object's own context (the Namespace that it is in) and for listing.
   */
  get<T extends KubernetesObject>(kind: GroupKind, namespace: string, name: string): Resource<T> | undefined {
    this.#lookups?.note(kind, namespace, name);
    return this.#kinds.get(kindKey(kind.group, kind.kind))?.get(nameKey(namespace, name)) as Resource<T> | undefined;
  }

  /** Whether there can be objects of a kind at all. */
  isServed({ group, kind }: GroupKind): boolean {
    return this.unserved.every((each) => each.group !== group || each.kind !== kind);
  }

  /** What of a kind was refused, in the order of `namespace/name`. None of it is in `list`, nor led to by `resolve`. */
  refused(kind: GroupKind): readonly RefusedObject[] {
    const key = ({ namespace, name }: ObjectReference): string => nameKey(namespace, name);
    return this.#refused
      .filter(({ reference }) => groupOf(reference.apiVersion) === kind.group && reference.kind === kind.kind)
      .map((object): [string, RefusedObject] => [key(object.reference), object])
      .sort(byKey)
      .map(([, object]) => object);
  }
}

/** The origin of a field of a resource. */
export function originOf(resource: Pick<Resource, 'reference' | 'provenance'>, field: string): Origin {
  const position = resource.provenance.position(field);
  const { apiVersion, kind, namespace, name } = resource.reference;
  return {
    apiVersion,
    kind,
    namespace,
    name,
    field,
    file: resource.provenance.file,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}

/** The origin for something that no object asked for: a default of the gateway itself. */
export function defaultOrigin(reference: ObjectReference): Origin {
  return { ...reference, field: '', file: null, line: null, column: null };
}

const kindKey = (group: string, kind: string): string => `${group}/${kind}`;
const nameKey = (namespace: string, name: string): string => `${namespace}/${name}`;
const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
