import type { PathMatch } from '../../../../model/route.ts';
import { coversPath, routePath, routePrefix } from './path.ts';
import type { Pattern, PatternCache } from './pattern.ts';

/** Asks whether the rest of the candidate at this position fits, beside its path. */
export interface Candidates {
  fits(position: number): boolean;
}

/** Up to this many, comparing one after the other is quicker than looking up. */
const fewMatches = 8;

/**
 * Finds the first of a list of path matches that fits, without comparing with each: exact paths by table, prefixes by a
 * trie of path elements, prefixes of text by a table for each length that some have. Only patterns are tried one after
 * the other.
 */
export class PathIndex {
  readonly #few: readonly CompiledPath[] | null;
  readonly #exact = new Map<string, number[]>();
  readonly #prefixes = new TrieNode();
  readonly #texts = new TextPrefixes();
  readonly #patterns: { readonly position: number; readonly pattern: Pattern }[] = [];

  constructor(matches: readonly PathMatch[], patterns: PatternCache) {
    this.#few = matches.length <= fewMatches ? matches.map((match) => compilePath(match, patterns)) : null;
    if (this.#few !== null) return;
    for (const [position, match] of matches.entries()) this.#add(position, match, patterns);
  }

  /** The lowest position whose path fits and which `candidates` takes, or -1. */
  first(path: string, candidates: Candidates): number {
    if (this.#few !== null) return firstOfFew(this.#few, path, candidates);
    let best = Number.MAX_SAFE_INTEGER;
    const exact = this.#exact.get(path);
    if (exact !== undefined) best = firstBelow(exact, best, candidates);
    best = this.#firstPrefix(path, best, candidates);
    best = this.#texts.first(path, best, candidates);
    for (const { position, pattern } of this.#patterns) {
      if (position >= best) break;
      if (pattern.testExact(path) && candidates.fits(position)) {
        best = position;
        break;
      }
    }
    return best === Number.MAX_SAFE_INTEGER ? -1 : best;
  }

  #add(position: number, match: PathMatch, patterns: PatternCache): void {
    if (match.type === 'exact') push(this.#exact, routePath(match.value), position);
    else if (match.type === 'text-prefix') this.#texts.add(routePath(match.value), position);
    else if (match.type === 'prefix') this.#prefixes.insert(routePrefix(match.value)).positions.push(position);
    else {
      const pattern = patterns.compile(match.value);
      if (pattern !== null) this.#patterns.push({ position, pattern });
    }
  }

  /** Walks down as far as the trie knows the path's elements, then back up, since longer prefixes usually come first. */
  #firstPrefix(path: string, limit: number, candidates: Candidates): number {
    if (path.charCodeAt(0) !== 0x2f) return limit;
    let node: TrieNode | undefined = this.#prefixes;
    let deepest = this.#prefixes;
    for (let start = 1; node !== undefined && start <= path.length; ) {
      const slash = path.indexOf('/', start);
      const end = slash < 0 ? path.length : slash;
      node = node.children?.get(path.slice(start, end));
      if (node !== undefined) deepest = node;
      start = end + 1;
    }
    let best = limit;
    for (let each: TrieNode | null = deepest; each !== null; each = each.parent) {
      best = firstBelow(each.positions, best, candidates);
    }
    return best;
  }
}

/** The first of ascending positions that is below `limit` and fits, else `limit`. */
function firstBelow(positions: readonly number[], limit: number, candidates: Candidates): number {
  for (const position of positions) {
    if (position >= limit) return limit;
    if (candidates.fits(position)) return position;
  }
  return limit;
}

/** Prefixes that need not end where a path element does. */
class TextPrefixes {
  /** The lengths that some prefix has, the longest first, since longer prefixes usually come first. */
  readonly #lengths: number[] = [];
  readonly #positions = new Map<string, number[]>();

  add(prefix: string, position: number): void {
    push(this.#positions, prefix, position);
    if (this.#lengths.includes(prefix.length)) return;
    this.#lengths.push(prefix.length);
    this.#lengths.sort((a, b) => b - a);
  }

  /** The first position below `limit` that fits, else `limit`. */
  first(path: string, limit: number, candidates: Candidates): number {
    let best = limit;
    for (const length of this.#lengths) {
      if (length > path.length) continue;
      const positions = this.#positions.get(path.slice(0, length));
      if (positions !== undefined) best = firstBelow(positions, best, candidates);
    }
    return best;
  }
}

class TrieNode {
  readonly parent: TrieNode | null;
  /** Ascending. */
  readonly positions: number[] = [];
  children: Map<string, TrieNode> | null = null;

  constructor(parent: TrieNode | null = null) {
    this.parent = parent;
  }

  /** The node of a prefix as `routePrefix` gives it, made where it is missing. */
  insert(prefix: string): TrieNode {
    let node: TrieNode = this;
    if (prefix === '') return node;
    for (const element of prefix.slice(1).split('/')) {
      node.children ??= new Map();
      let child: TrieNode | undefined = node.children.get(element);
      if (child === undefined) {
        child = new TrieNode(node);
        node.children.set(element, child);
      }
      node = child;
    }
    return node;
  }
}

interface CompiledPath {
  readonly type: PathMatch['type'];
  readonly value: string;
  readonly pattern: Pattern | null;
}

function compilePath(match: PathMatch, patterns: PatternCache): CompiledPath {
  const pattern = match.type === 'regex' ? patterns.compile(match.value) : null;
  return {
    type: match.type,
    value: match.type === 'prefix' ? routePrefix(match.value) : routePath(match.value),
    pattern,
  };
}

function firstOfFew(few: readonly CompiledPath[], path: string, candidates: Candidates): number {
  for (let position = 0; position < few.length; position += 1) {
    if (pathFits(few[position] as CompiledPath, path) && candidates.fits(position)) return position;
  }
  return -1;
}

function pathFits(compiled: CompiledPath, path: string): boolean {
  if (compiled.type === 'exact') return path === compiled.value;
  if (compiled.type === 'prefix') return coversPath(compiled.value, path);
  if (compiled.type === 'text-prefix') return path.startsWith(compiled.value);
  return compiled.pattern?.testExact(path) ?? false;
}

function push(map: Map<string, number[]>, key: string, position: number): void {
  const positions = map.get(key);
  if (positions === undefined) map.set(key, [position]);
  else positions.push(position);
}
