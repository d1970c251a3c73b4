import type { Node } from '../../src/resources/schema/schema.ts';
import type { Edit } from './edits.ts';

type Path = readonly (string | number)[];

/** Strings that patterns, formats and rules may refuse, each for another reason. */
const strings = [
  '',
  'a',
  'A b',
  '*',
  '*.example.com',
  'x.cluster.local',
  'under_score',
  '-dash',
  'UPPER',
  'a..b',
  'é',
  'line\nbreak',
  '"<&>\\',
  '/',
  '/a/../b',
  'a//b',
  '/a/.',
  '/a/..',
  '/a/./b',
  '/a%2fb%2F#c',
  '/%zz',
  'example.com/x',
  'k8s.io/x',
  'a.k8s.io/x',
  '10.0.0.1',
  '::1',
  '0s',
  '500ms',
  '2h',
  '1.5s',
  '99999h99999h',
  'https://example.com:8080',
  'System',
  'Cluster',
];

const objects = [{}, [], 'text', 5, 1.5, true, null, ['a'], [{ a: 1 }], { a: { b: 1 } }];

/**
 * Edits of a valid object, each of which breaks a limit, a type, a pattern or a rule, or stays within it by one. Every
 * node of the schema is tried once, at the first place where the object has it.
 */
export function* mutations(node: Node | undefined, value: unknown, path: Path, seen: Set<string>): Generator<Edit> {
  const shape = path.map((step) => (typeof step === 'number' ? '[]' : step)).join('.');
  const tried = seen.has(shape);
  seen.add(shape);
  if (!tried && path.length > 0) {
    yield { path };
    for (const other of objects) yield { path, value: other };
    if (typeof value === 'string') yield* textMutations(node, value, path);
    if (typeof value === 'number') yield* numberMutations(node, value, path);
  }
  if (Array.isArray(value)) {
    if (!tried) yield* listMutations(node, value, path);
    for (const [index, item] of value.entries()) yield* mutations(node?.items, item, [...path, index], seen);
  } else if (typeof value === 'object' && value !== null) {
    if (!tried) yield* objectMutations(node, value as Record<string, unknown>, path);
    for (const [key, member] of Object.entries(value)) {
      if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue;
      yield* mutations(node?.properties.get(key) ?? node?.additionalProperties, member, [...path, key], seen);
    }
  }
}

function* textMutations(node: Node | undefined, text: string, path: Path): Generator<Edit> {
  const { enum: values, minLength, maxLength } = node?.keywords ?? {};
  for (const value of values ?? []) yield { path, value };
  if (values === undefined) {
    for (const value of strings) yield { path, value };
    yield { path, value: `${text}x` };
  } else yield { path, value: 'Bogus' };
  if (maxLength !== undefined && maxLength <= 4096) {
    yield { path, value: 'a'.repeat(maxLength) };
    yield { path, value: 'a'.repeat(maxLength + 1) };
    yield { path, value: 'é'.repeat(maxLength) };
  }
  if (minLength !== undefined && minLength > 1) yield { path, value: 'a'.repeat(minLength - 1) };
}

function* numberMutations(node: Node | undefined, number: number, path: Path): Generator<Edit> {
  const { enum: values, minimum, maximum } = node?.keywords ?? {};
  for (const value of values ?? []) yield { path, value };
  for (const value of [0, -1, 1, number + 1, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 1e20]) yield { path, value };
  if (minimum !== undefined) yield { path, value: minimum - 1 };
  if (minimum !== undefined) yield { path, value: minimum };
  if (maximum !== undefined) yield { path, value: maximum };
  if (maximum !== undefined) yield { path, value: maximum + 1 };
}

function* listMutations(node: Node | undefined, items: readonly unknown[], path: Path): Generator<Edit> {
  const [first] = items;
  yield { path, value: [...items, first] };
  yield { path, value: [...items, first, first] };
  yield { path, value: [...items, null] };
  yield { path, value: [...items].reverse() };
  const { maxItems } = node?.keywords ?? {};
  if (maxItems === undefined || maxItems > 200) return;
  for (const length of [maxItems, maxItems + 1]) {
    yield { path, value: Array.from({ length }, (_, index) => distinct(items[index % items.length], index)) };
  }
}

/** A copy of a list's item with other names, ports and texts where it has some. */
function distinct(item: unknown, index: number): unknown {
  if (typeof item === 'string') return `${item}${index}`;
  if (typeof item === 'number') return item + index;
  if (typeof item !== 'object' || item === null) return item;
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [
      key,
      key === 'name' || key === 'sectionName' ? `${value}${index}` : key === 'port' ? 1000 + index : value,
    ]),
  );
}

function* objectMutations(node: Node | undefined, object: Record<string, unknown>, path: Path): Generator<Edit> {
  yield { path: [...path, 'bogus'], value: 'x' };
  yield { path, value: { ...object, bogus1: {}, bogus2: [] } };
  const { maxProperties, minProperties } = node?.keywords ?? {};
  for (const limit of [maxProperties, minProperties]) {
    if (limit === undefined || limit > 200) continue;
    for (const length of [limit - 1, limit, limit + 1]) {
      yield { path, value: Object.fromEntries(Array.from({ length }, (_, index) => [`example.com/k${index}`, 'v'])) };
    }
  }
  if (node?.additionalProperties !== undefined) {
    for (const key of strings) yield { path: [...path, key], value: 'v' };
    yield { path: [...path, `${'a'.repeat(254)}/b`], value: 'v' };
  }
  for (const [name, property] of node?.properties ?? []) {
    if (Object.hasOwn(object, name)) continue;
    yield { path: [...path, name], value: example(property) };
    for (const value of property.keywords.enum ?? []) yield { path: [...path, name], value };
  }
}

/** A small value that a node accepts, rules aside. */
function example(node: Node): unknown {
  const { enum: values, type, minimum, properties } = node.keywords;
  if (values !== undefined) return values[0];
  switch (type) {
    case 'string':
      return ['a', 'example.com/a', '1s'].find(
        (text) => node.keywords.pattern === undefined || node.matchesPattern(text),
      );
    case 'integer':
    case 'number':
      return minimum ?? 1;
    case 'boolean':
      return true;
    case 'array':
      return node.items === undefined ? [] : [example(node.items)];
    default:
      return properties === undefined
        ? {}
        : Object.fromEntries(
            (node.keywords.required ?? []).map((name) => {
              const property = node.properties.get(name);
              return [name, property === undefined ? {} : example(property)];
            }),
          );
  }
}
