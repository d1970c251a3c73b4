import type { Match, PathMatch, ValueMatch } from '../../../model/route.ts';
import type {
  HeaderMatchCondition,
  MatchCondition,
  QueryParameterMatchCondition,
} from '../../../resources/generated/contour-types.ts';

/**
 * The match of a route: the conditions of every include on the way to it, then its own. Paths are put one behind the
 * other, and the last block says how the whole is compared; a pattern anywhere makes it one.
 */
export function mergeConditions(conditions: readonly MatchCondition[]): Match {
  return {
    path: mergePath(conditions),
    method: null,
    headers: conditions.flatMap(({ header }) => (header === undefined ? [] : headerMatch(header))),
    queryParameters: conditions.flatMap(({ queryParameter }) =>
      queryParameter === undefined ? [] : queryMatch(queryParameter),
    ),
  };
}

export const everyPath: PathMatch = { type: 'prefix', value: '/' };

function mergePath(conditions: readonly MatchCondition[]): PathMatch {
  const parts = conditions.map(({ prefix = '', exact = '', regex = '' }) => prefix || exact || regex);
  const value = parts.join('').replaceAll(/\/{2,}/g, '/');
  if (value === '' || value === '/') return everyPath;
  if (conditions.some(({ prefix = '', exact = '', regex = '' }) => prefix === '' && exact === '' && regex !== '')) {
    return { type: 'regex', value };
  }
  const { prefix = '', exact = '' } = conditions.at(-1) ?? {};
  return { type: prefix === '' && exact !== '' ? 'exact' : 'text-prefix', value };
}

/** Of several comparisons in one condition the first counts, in the order of the peer. */
function headerMatch(condition: HeaderMatchCondition): readonly ValueMatch[] {
  const { present, notpresent, contains, notcontains, exact, notexact, regex } = condition;
  const name = condition.name.toLowerCase();
  const ignoreCase = condition.ignoreCase === true ? ({ ignoreCase: true } as const) : {};
  const missing = condition.treatMissingAsEmpty === true ? ({ missingIsEmpty: true } as const) : {};
  const invert = { invert: true } as const;
  if (present === true) return [{ name, type: 'present', value: '' }];
  if (notpresent === true) return [{ name, type: 'present', value: '', ...invert }];
  if (contains) return [{ name, type: 'contains', value: contains, ...ignoreCase }];
  if (notcontains) return [{ name, type: 'contains', value: notcontains, ...ignoreCase, ...invert, ...missing }];
  if (exact) return [{ name, type: 'exact', value: exact, ...ignoreCase }];
  if (notexact) return [{ name, type: 'exact', value: notexact, ...ignoreCase, ...invert, ...missing }];
  return regex ? [{ name, type: 'regex', value: regex }] : [];
}

function queryMatch(condition: QueryParameterMatchCondition): readonly ValueMatch[] {
  const { name, exact, prefix, suffix, regex, contains, present } = condition;
  const ignoreCase = condition.ignoreCase === true ? ({ ignoreCase: true } as const) : {};
  if (exact) return [{ name, type: 'exact', value: exact, ...ignoreCase }];
  if (prefix) return [{ name, type: 'prefix', value: prefix, ...ignoreCase }];
  if (suffix) return [{ name, type: 'suffix', value: suffix, ...ignoreCase }];
  if (regex) return [{ name, type: 'regex', value: regex }];
  if (contains) return [{ name, type: 'contains', value: contains, ...ignoreCase }];
  return present === true ? [{ name, type: 'present', value: '' }] : [];
}

/** Equal exactly for conditions that ask for the same, in whatever order. */
export function matchKey({ path, headers, queryParameters }: Match): string {
  const sorted = (values: readonly ValueMatch[]): readonly string[] =>
    values.map((each) => JSON.stringify(each)).sort();
  return JSON.stringify([path, sorted(headers), sorted(queryParameters)]);
}
