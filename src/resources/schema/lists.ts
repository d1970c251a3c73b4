import { duplicate, type FieldError, invalid } from './field-error.ts';
import { goJson } from './go-text.ts';
import type { Node } from './schema.ts';

/**
 * Appends the faults of lists whose items must differ: wholly (list type `set`) or in their keys (`map`)
 * (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype).
 */
export function validateLists(node: Node, value: unknown, path: string, errors: FieldError[]): void {
  if (!node.hasListTypes || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (node.keywords.listType === 'set') errors.push(...duplicates(value, value, path));
    else if (node.keywords.listType === 'map') errors.push(...mapFaults(node, value, path));
    if (node.items === undefined) return;
    for (const [index, item] of value.entries()) validateLists(node.items, item, `${path}[${index}]`, errors);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const property = node.properties.get(key);
    if (property !== undefined) validateLists(property, member, path === '' ? key : `${path}.${key}`, errors);
    else if (node.additionalProperties !== undefined) {
      validateLists(node.additionalProperties, member, `${path}[${key}]`, errors);
    }
  }
}

function mapFaults(node: Node, items: readonly unknown[], path: string): readonly FieldError[] {
  const stray = items.findIndex((item) => item !== null && (typeof item !== 'object' || Array.isArray(item)));
  if (stray >= 0) {
    return [invalid(`${path}[${stray}]`, items[stray], 'must be an object for an array of list-type map')];
  }
  const keys = items.map((item) => {
    const object = (item ?? {}) as Record<string, unknown>;
    const names = (node.keywords.listMapKeys ?? []).filter((name) => Object.hasOwn(object, name));
    return Object.fromEntries(names.map((name) => [name, object[name]]));
  });
  return duplicates(keys, keys, path);
}

/** Reports the second item of each value; `shown` is what the message shows of an item. */
function duplicates(items: readonly unknown[], shown: readonly unknown[], path: string): readonly FieldError[] {
  if (items.length < 2) return [];
  const times = new Map<string, number>();
  const faults: FieldError[] = [];
  for (const [index, item] of items.entries()) {
    const text = goJson(item);
    const seen = times.get(text) ?? 0;
    times.set(text, seen + 1);
    if (seen === 1) faults.push(duplicate(`${path}[${index}]`, shown[index]));
  }
  return faults;
}
