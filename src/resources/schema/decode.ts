import type { Node } from './schema.ts';

/** What the API server does with an object's fields before it validates them. */
export interface Decoded {
  readonly value: unknown;
  /** The paths of the fields that the schema does not have, sorted. */
  readonly unknownFields: readonly string[];
}

type JsonObject = Record<string, unknown>;

/**
 * Drops the fields that the schema does not have and the nulls that it does not permit, and fills in the defaults
 * (k8s.io/apiextensions-apiserver/pkg/apiserver/schema: pruning, then defaulting). The input is not changed.
 *
 * `apiVersion`, `kind` and `metadata` of the root are taken over as they are.
 */
export function decodeFields(root: Node, object: JsonObject): Decoded {
  const unknownFields: string[] = [];
  const value = copyObject(root, object, '', unknownFields);
  return { value, unknownFields: unknownFields.sort() };
}

function copy(node: Node | undefined, value: unknown, path: string, unknown: string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return copyObject(node, value as JsonObject, path, unknown);
  return value.map((item, index) => {
    if (item === null && node?.items !== undefined) return nullOf(node.items) ?? null;
    return copy(node?.items, item, `${path}[${index}]`, unknown);
  });
}

function copyObject(node: Node | undefined, object: JsonObject, path: string, unknown: string[]): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(object)) {
    const child = path === '' ? key : `${path}.${key}`;
    if (path === '' && (key === 'apiVersion' || key === 'kind' || key === 'metadata')) {
      result[key] = object[key];
      continue;
    }
    const schema = node?.properties.get(key) ?? node?.additionalProperties;
    if (schema === undefined) {
      if (node?.keywords.preserveUnknownFields === true) set(result, key, structuredClone(object[key]));
      else unknown.push(child);
      continue;
    }
    const value = object[key] === null ? nullOf(schema) : copy(schema, object[key], child, unknown);
    if (value !== undefined) set(result, key, value);
  }
  for (const [name, property] of node?.defaulted ?? []) {
    if (result[name] === undefined) result[name] = defaultOf(property);
  }
  return result;
}

/** What becomes of a null: itself where it is permitted, else the default or nothing. */
function nullOf(node: Node): unknown {
  if (node.keywords.nullable === true) return null;
  return node.keywords.default === undefined ? undefined : defaultOf(node);
}

const defaults = new WeakMap<Node, unknown>();

/** The default of a node with the defaults below it. Objects share it, so it is frozen. */
function defaultOf(node: Node): unknown {
  if (typeof node.keywords.default !== 'object') return node.keywords.default;
  let value = defaults.get(node);
  if (value === undefined) {
    value = deepFreeze(copy(node, node.keywords.default, '.', []));
    defaults.set(node, value);
  }
  return value;
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}

/** Sets a member whose name may be anything, `__proto__` included. */
function set(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
