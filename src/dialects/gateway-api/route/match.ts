import type { Match, PathMatch, ValueMatch } from '../../../model/route.ts';
import { patternFault } from '../../../policies/pattern.ts';
import type {
  HTTPHeaderMatch,
  HTTPPathMatch,
  HTTPQueryParamMatch,
  HTTPRouteMatch,
} from '../../../resources/generated/types.ts';

/** A match as the model has it, or the field that cannot be matched and why. */
export type ReadMatch =
  | { readonly type: 'match'; readonly match: Match }
  | { readonly type: 'invalid'; readonly field: string; readonly value: string; readonly cause: string };

const pathTypes = { Exact: 'exact', PathPrefix: 'prefix', RegularExpression: 'regex' } as const;
const valueTypes = { Exact: 'exact', RegularExpression: 'regex' } as const;

/** Reads one entry of `matches`. Field paths are relative to it. */
export function readMatch(stated: HTTPRouteMatch): ReadMatch {
  const match: Match = {
    path: readPath(stated.path),
    method: stated.method ?? null,
    headers: readValues(stated.headers ?? [], (name) => name.toLowerCase()),
    queryParameters: readValues(stated.queryParams ?? [], (name) => name),
  };
  for (const { field, value } of patterns(stated)) {
    const cause = patternFault(value);
    if (cause !== null) return { type: 'invalid', field, value, cause };
  }
  return { type: 'match', match };
}

function readPath({ type, value }: HTTPPathMatch): PathMatch {
  return { type: pathTypes[type], value };
}

/** Of several entries with equivalent names only the first counts (HTTPHeaderMatch.name). */
export function readValues(
  stated: readonly (HTTPHeaderMatch | HTTPQueryParamMatch)[],
  normalize: (name: string) => string,
): readonly ValueMatch[] {
  const values = new Map<string, ValueMatch>();
  for (const { name, type, value } of stated) {
    const normal = normalize(name);
    if (!values.has(normal)) values.set(normal, { name: normal, type: valueTypes[type], value });
  }
  return [...values.values()];
}

function* patterns(stated: HTTPRouteMatch): Generator<{ field: string; value: string }> {
  if (stated.path.type === 'RegularExpression') yield { field: 'path.value', value: stated.path.value };
  for (const [index, { type, value }] of (stated.headers ?? []).entries()) {
    if (type === 'RegularExpression') yield { field: `headers[${index}].value`, value };
  }
  for (const [index, { type, value }] of (stated.queryParams ?? []).entries()) {
    if (type === 'RegularExpression') yield { field: `queryParams[${index}].value`, value };
  }
}
