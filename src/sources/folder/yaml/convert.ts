import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { FolderLimits } from '../limits.ts';
import type { SyntaxProblem } from './parse.ts';
import { readKey, readPlain } from './scalar.ts';
import type { Spot } from './spot.ts';

/** A document as JSON would have it, with the place of each value. */
export interface ConvertedDocument {
  readonly value: unknown;
  readonly spot: Spot;
  /** Keys that a map has twice; the later value counts, as in kubectl. */
  readonly duplicates: readonly DuplicateKey[];
  /** The first thing that JSON cannot say; `value` is of no use then. */
  readonly problem: SyntaxProblem | null;
}

export interface DuplicateKey {
  /** As the API server prints it: `spec.rules[0].name`. */
  readonly field: string;
  readonly offset: number;
}

interface Converted {
  readonly value: unknown;
  readonly spot: Spot;
  /** How many values it holds, itself included. */
  readonly size: number;
}

const tagPrefix = 'tag:yaml.org,2002:';

/** Values of a composed document. Aliases share the value of their anchor, and each use counts against the limit. */
export function convertDocument(document: Document.Parsed, limits: FolderLimits): ConvertedDocument {
  const conversion = new Conversion(limits);
  try {
    const root = document.contents as Node;
    const { value, spot } = conversion.convert(root, startOf(root, 0));
    return { value, spot, duplicates: conversion.duplicates, problem: null };
  } catch (cause) {
    if (!(cause instanceof Unsayable)) throw cause;
    const { message, offset } = cause;
    return { value: null, spot: leaf(offset), duplicates: [], problem: { message, offset } };
  }
}

/** Ends the conversion of a document; caught by `convertDocument`. */
class Unsayable extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class Conversion {
  readonly duplicates: DuplicateKey[] = [];
  readonly #limits: FolderLimits;
  readonly #anchors = new Map<string, Converted>();
  readonly #open = new Set<string>();
  readonly #path: (string | number)[] = [];
  #values = 0;

  constructor(limits: FolderLimits) {
    this.#limits = limits;
  }

  /** `introduction` is the offset of the key that leads to a value, for which a map or list is shown. */
  convert(node: Node | null, introduction: number): Converted {
    if (node === null) return this.#count({ value: null, spot: leaf(introduction), size: 1 });
    const offset = startOf(node, introduction);
    if (this.#path.length > this.#limits.depth) {
      throw new Unsayable(`maps and lists are nested deeper than ${this.#limits.depth}`, offset);
    }
    if (isAlias(node)) return this.#count(this.#alias(node.source, offset));
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor === undefined) return this.#convertValue(node, introduction, offset);
    this.#open.add(anchor);
    const converted = this.#convertValue(node, introduction, offset);
    this.#open.delete(anchor);
    this.#anchors.set(anchor, converted);
    return converted;
  }

  #convertValue(node: Node, introduction: number, offset: number): Converted {
    if (isMap(node)) return this.#map(node, introduction);
    if (isSeq(node)) return this.#list(node.items as readonly (Node | null)[], introduction);
    if (!isScalar(node)) throw new Unsayable('this is neither a map, a list nor a scalar', offset);
    const value = readScalar(node, offset);
    const end = node.range?.[1] ?? offset;
    return this.#count({ value, spot: end > offset ? leaf(offset, end) : leaf(introduction), size: 1 });
  }

  #alias(name: string, offset: number): Converted {
    if (this.#open.has(name)) throw new Unsayable(`anchor '${name}' value contains itself`, offset);
    const target = this.#anchors.get(name);
    if (target === undefined) throw new Unsayable(`unknown anchor '${name}' referenced`, offset);
    return target.spot.children === null ? { ...target, spot: leaf(offset) } : target;
  }

  /** A map or list has counted what it holds already; a scalar or alias counts here. */
  #count(converted: Converted): Converted {
    this.#values += converted.size;
    if (this.#values > this.#limits.values) {
      throw new Unsayable('document contains excessive aliasing or too many values', converted.spot.offset);
    }
    return converted;
  }

  #list(items: readonly (Node | null)[], introduction: number): Converted {
    const values: unknown[] = [];
    const spots: Spot[] = [];
    let size = 1;
    for (const [index, item] of items.entries()) {
      this.#path.push(index);
      const converted = this.convert(item, item === null ? introduction : startOf(item, introduction));
      this.#path.pop();
      values.push(converted.value);
      spots.push(converted.spot);
      size += converted.size;
    }
    this.#count({ value: null, spot: leaf(introduction), size: 1 });
    return { value: values, spot: { offset: introduction, end: introduction, children: spots }, size };
  }

  #map(node: YAMLMap, introduction: number): Converted {
    const value: Record<string, unknown> = {};
    const spots = new Map<string, Spot>();
    const own = new Set<string>();
    let size = 1;
    for (const pair of node.items as readonly Pair<Node, Node | null>[]) {
      const keyOffset = startOf(pair.key, introduction);
      if (isMergeKey(pair.key)) {
        size += this.#merge(pair.value, keyOffset, value, spots);
        continue;
      }
      const key = this.#key(pair.key, keyOffset);
      this.#path.push(key);
      if (own.has(key)) this.duplicates.push({ field: describePath(this.#path), offset: keyOffset });
      const converted = this.convert(pair.value, keyOffset);
      this.#path.pop();
      own.add(key);
      setOwn(value, key, converted.value);
      spots.set(key, converted.spot);
      size += converted.size;
    }
    this.#count({ value: null, spot: leaf(introduction), size: 1 });
    return { value, spot: { offset: introduction, end: introduction, children: spots }, size };
  }

  #key(node: Node, offset: number): string {
    if (isMap(node) || isSeq(node)) throw new Unsayable('a map key must be a scalar', offset);
    const { value } = this.convert(node, offset);
    const key = typeof value === 'object' && value !== null ? null : readKey(value as string | number | boolean | null);
    if (key === null) throw new Unsayable('a map key must not be null', offset);
    return key;
  }

  /** A merge takes effect where it stands: later keys replace what it brought. Earlier maps of a list win (go-yaml). */
  #merge(node: Node | null, keyOffset: number, value: Record<string, unknown>, spots: Map<string, Spot>): number {
    const sources = isSeq(node) ? [...(node.items as readonly (Node | null)[])].reverse() : [node];
    let size = 0;
    for (const source of sources) {
      this.#path.push('<<');
      const merged = this.convert(source, keyOffset);
      this.#path.pop();
      size += merged.size;
      if (!(merged.spot.children instanceof Map)) {
        throw new Unsayable('map merge requires map or sequence of maps as the value', keyOffset);
      }
      for (const [name, spot] of merged.spot.children) {
        setOwn(value, name, (merged.value as Record<string, unknown>)[name]);
        spots.set(name, spot);
      }
    }
    return size;
  }
}

function readScalar(node: Scalar, offset: number): string | number | boolean | null {
  const text = typeof node.value === 'string' ? node.value : '';
  const plain = node.type === 'PLAIN' || node.type === undefined;
  const tag = node.tag?.startsWith(tagPrefix) ? node.tag.slice(tagPrefix.length) : node.tag;
  if (tag === undefined && !plain) return text;
  if (tag === 'str' || tag === '!') return text;
  if (tag === 'binary') return decodeBinary(text, offset);
  const resolved = readPlain(text);
  if ('problem' in resolved) throw new Unsayable(resolved.problem, offset);
  if (tag === undefined) return resolved.value;
  const type = typesOfTags.get(tag);
  // A tag that YAML does not define leaves the text as it is (go-yaml).
  if (type === undefined) return text;
  const fits = type(resolved.value);
  if (!fits) throw new Unsayable(`cannot decode \`${text}\` as a !!${tag}`, offset);
  return resolved.value;
}

const typesOfTags: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['int', (value: unknown) => Number.isInteger(value)],
  ['float', (value: unknown) => typeof value === 'number'],
  ['bool', (value: unknown) => typeof value === 'boolean'],
  ['null', (value: unknown) => value === null],
  ['timestamp', (value: unknown) => typeof value === 'string' && /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]|$)/.test(value)],
]);

function decodeBinary(text: string, offset: number): string {
  const compact = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
    throw new Unsayable('!!binary value contains invalid base64 data', offset);
  }
  return Buffer.from(compact, 'base64').toString('utf8');
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.tag === `${tagPrefix}merge`);
}

/** `__proto__` is a key like any other. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

function leaf(offset: number, end = offset): Spot {
  return { offset, end, children: null };
}

function startOf(node: Node | null, fallback: number): number {
  return node?.range?.[0] ?? fallback;
}

function describePath(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (part !== '<<') text += text === '' ? part : `.${part}`;
  }
  return text;
}
