import { patternFault } from '../../../policies/pattern.ts';
import type { MatchCondition } from '../../../resources/generated/contour-types.ts';

/*
 * What conditions may not say, in the peer's words. Each function returns the first fault, or null.
 */

export function includeFault(conditions: readonly MatchCondition[]): string | null {
  for (const { exact = '', regex = '' } of conditions) {
    if (exact !== '') return 'exact conditions are not allowed in includes block';
    if (regex !== '') return 'regex conditions are not allowed in includes block';
  }
  return null;
}

export function pathFault(conditions: readonly MatchCondition[]): string | null {
  let paths = 0;
  for (const condition of conditions) {
    for (const kind of ['prefix', 'exact', 'regex'] as const) {
      const value = condition[kind] ?? '';
      if (value === '') continue;
      paths += 1;
      if (!value.startsWith('/')) return `${kind} conditions must start with /, ${value} was supplied`;
      const cause = kind === 'regex' ? patternFault(value) : null;
      if (cause !== null) return `supplied regex: ${value} invalid. error: error parsing regexp: ${cause}`;
    }
  }
  return paths > 1 ? 'more than one prefix, exact or regex is not allowed in a condition block' : null;
}

/** Comparisons that cannot both hold. Names are compared without case. */
export function headerFault(conditions: readonly MatchCondition[]): string | null {
  const seen = new Set<string>();
  const exactNames = new Set<string>();
  const contradiction = (a: string, b: string): string =>
    `cannot specify contradictory '${a}' and '${b}' conditions for the same route and header`;
  for (const { header } of conditions) {
    if (header === undefined) continue;
    const name = header.name.toLowerCase();
    const { present, notpresent, exact, notexact, contains, notcontains, regex } = header;
    const meets = (kind: string, value = ''): boolean => seen.has(`${name} ${kind} ${value}`);
    if (present === true) {
      if (meets('notpresent')) return contradiction('present', 'notpresent');
      seen.add(`${name} present `);
    } else if (notpresent === true) {
      if (meets('present')) return contradiction('present', 'notpresent');
      seen.add(`${name} notpresent `);
    } else if (exact) {
      if (exactNames.has(name)) return "cannot specify duplicate header 'exact match' conditions in the same route";
      exactNames.add(name);
      if (meets('notexact', exact)) return contradiction('exact', 'notexact');
      seen.add(`${name} exact ${exact}`);
    } else if (notexact) {
      if (meets('exact', notexact)) return contradiction('exact', 'notexact');
      seen.add(`${name} notexact ${notexact}`);
    } else if (contains) {
      if (meets('notcontains', contains)) return contradiction('contains', 'notcontains');
      seen.add(`${name} contains ${contains}`);
    } else if (notcontains) {
      if (meets('contains', notcontains)) return contradiction('contains', 'notcontains');
      seen.add(`${name} notcontains ${notcontains}`);
    } else if (regex && patternFault(regex) !== null) {
      return "invalid regular expression specified for 'regex' condition";
    }
  }
  return null;
}

export function queryFault(conditions: readonly MatchCondition[]): string | null {
  const exactNames = new Set<string>();
  for (const { queryParameter } of conditions) {
    if (queryParameter === undefined) continue;
    const { exact, prefix, suffix, regex, contains, present } = queryParameter;
    const stated = [exact, prefix, suffix, regex, contains, present === true ? 'present' : ''].filter(Boolean);
    if (stated.length === 0) return 'must specify at least one query parameter condition';
    if (stated.length > 1) return 'cannot specify more than one condition in the same match condition branch';
    const name = queryParameter.name.toLowerCase();
    if (exact && exactNames.has(name)) {
      return "cannot specify duplicate query parameter 'exact match' conditions in the same route";
    }
    if (exact) exactNames.add(name);
    if (regex && patternFault(regex) !== null) return "invalid regular expression specified for 'regex' condition";
  }
  return null;
}
