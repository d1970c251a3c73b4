import type { ObjectReference } from '../../model/origin.ts';
import { groupOf, type KubernetesObject } from '../../resources/object.ts';
import { isRecord, type PlainRecord } from '../../resources/plain-record.ts';
import type { Spot } from './yaml/spot.ts';

/** What a value that did not pass its schema says of its name; what it does not say is empty. */
export function statedReference(value: PlainRecord): ObjectReference {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  return {
    apiVersion: text(value.apiVersion),
    kind: text(value.kind),
    namespace: text(metadata.namespace),
    name: text(metadata.name),
  };
}

export function referenceOf(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

/** One text for an object, whichever version of its kind it is written in. */
export function objectKey({ apiVersion, kind, namespace, name }: ObjectReference): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
}

/** The keys that an object may have whose kind may or may not be namespaced. */
export function possibleKeys(reference: ObjectReference): readonly string[] {
  if (reference.namespace !== '') return [objectKey(reference)];
  return [objectKey(reference), objectKey({ ...reference, namespace: 'default' })];
}

export interface ListItem {
  readonly value: unknown;
  readonly spot: Spot;
}

/**
 * The items of a `List`, `HTTPRouteList` and so on, or null for a single object. Items of a typed list may leave out
 * their kind (`kubectl get -o json` of some versions); the list's own is then theirs.
 */
export function listItems(value: PlainRecord, spot: Spot): readonly ListItem[] | null {
  const kind = text(value.kind);
  if (!kind.endsWith('List') || !Array.isArray(value.items)) return null;
  const items: readonly unknown[] = value.items;
  const spots = spot.children instanceof Map ? spot.children.get('items')?.children : null;
  const inherited = kind === 'List' ? null : { apiVersion: value.apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item, index) => ({
    value: inherited !== null && isRecord(item) ? { ...inherited, ...item } : item,
    spot: (Array.isArray(spots) ? (spots[index] as Spot | undefined) : undefined) ?? spot,
  }));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
