import type { Match, PathMatch, ValueMatch } from '../../../model/route.ts';

/**
 * The order in which the routes of a virtual host are tried: exact paths, then patterns, then prefixes, of each the longer
 * first; of equal paths the one with more header conditions, then with more query conditions, then by what the
 * conditions are, exact comparisons first. Negative where `a` comes first.
 */
export function byPrecedence(a: Match, b: Match): number {
  return (
    comparePaths(a.path, b.path) ||
    b.headers.length - a.headers.length ||
    b.queryParameters.length - a.queryParameters.length ||
    compareValues(a.headers, b.headers) ||
    compareValues(a.queryParameters, b.queryParameters)
  );
}

const pathRanks: Readonly<Record<PathMatch['type'], number>> = { exact: 0, regex: 1, prefix: 2, 'text-prefix': 2 };

function comparePaths(a: PathMatch, b: PathMatch): number {
  const rank = pathRanks[a.type] - pathRanks[b.type];
  if (rank !== 0) return rank;
  // Two exact paths that differ never compete; their order is that of the peer's.
  const length = a.type === 'exact' ? 0 : b.value.length - a.value.length;
  return length || compareText(b.value, a.value);
}

const valueRanks: Readonly<Record<ValueMatch['type'], number>> = {
  exact: 0,
  regex: 1,
  prefix: 2,
  suffix: 3,
  contains: 4,
  present: 5,
};

function compareValues(a: readonly ValueMatch[], b: readonly ValueMatch[]): number {
  const [left, right] = [a, b].map((values) => [...values].sort(compareValue)) as [ValueMatch[], ValueMatch[]];
  for (const [index, value] of left.entries()) {
    const order = compareValue(value, right[index] as ValueMatch);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValue(a: ValueMatch, b: ValueMatch): number {
  return (
    compareText(a.name, b.name) ||
    valueRanks[a.type] - valueRanks[b.type] ||
    compareText(a.value, b.value) ||
    Number(a.invert === true) - Number(b.invert === true) ||
    Number(a.ignoreCase === true) - Number(b.ignoreCase === true)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
