import type { Position } from '../../../resources/object.ts';

/** Where a value stands in the text of its document, with the places of what it holds. */
export interface Spot {
  /**
   * Offset of the text that a caret should mark: a scalar's own, and for a map or list the key that introduces it, since
   * the collection itself begins on another line.
   */
  readonly offset: number;
  /** Offset of the end of a scalar; of no meaning for maps and lists. */
  readonly end: number;
  readonly children: ReadonlyMap<string, Spot> | readonly Spot[] | null;
}

/**
 * The spot of a field path (`spec.rules[0].matches`, `data[ca.crt]`, `metadata.labels.app`), or of its nearest ancestor
 * that is written down. Keys with dots may stand in brackets or as they are.
 */
export function spotOf(root: Spot, field: string): Spot {
  let spot = root;
  let rest = field;
  while (rest !== '') {
    const step = stepInto(spot, rest);
    if (step === null) return spot;
    spot = step.spot;
    rest = step.rest;
  }
  return spot;
}

interface Step {
  readonly spot: Spot;
  readonly rest: string;
}

function stepInto(spot: Spot, rest: string): Step | null {
  const { children } = spot;
  if (children === null) return null;
  const bracket = /^\[([^\]]*)\]\.?/.exec(rest);
  if (bracket !== null) {
    const name = (bracket[1] as string).replace(/^(["'])(.*)\1$/, '$2');
    const child = children instanceof Map ? children.get(name) : (children as readonly Spot[])[Number(name)];
    return child === undefined ? null : { spot: child, rest: rest.slice(bracket[0].length) };
  }
  return children instanceof Map ? stepByName(children, rest) : null;
}

function stepByName(children: ReadonlyMap<string, Spot>, rest: string): Step | null {
  const end = rest.search(/[.[]/);
  const child = children.get(end < 0 ? rest : rest.slice(0, end));
  if (child !== undefined) return { spot: child, rest: end < 0 ? '' : afterName(rest, end) };
  let longest = '';
  for (const name of children.keys()) {
    const boundary = rest[name.length];
    const fits = rest.startsWith(name) && (boundary === undefined || boundary === '.' || boundary === '[');
    if (fits && name.length > longest.length) longest = name;
  }
  const found = longest === '' ? undefined : children.get(longest);
  return found === undefined ? null : { spot: found, rest: afterName(rest, longest.length) };
}

const afterName = (rest: string, end: number): string => rest.slice(rest[end] === '.' ? end + 1 : end);

/** Turns offsets of a text into lines and columns, which count from 1. The table is made when it is first asked for. */
export class LineTable {
  readonly #text: string;
  #starts: readonly number[] | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  position(offset: number): Position {
    this.#starts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] as number) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
