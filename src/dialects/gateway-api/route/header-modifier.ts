import { framingFields } from '../../../model/framing-fields.ts';
import type { HeaderModification, HeaderValue } from '../../../model/route.ts';
import type { HTTPHeader, HTTPHeaderFilter } from '../../../resources/generated/types.ts';

/** A modification, or the entry that cannot be done and why. Field paths are relative to the filter's own object. */
export type ReadModification =
  | { readonly type: 'modification'; readonly modification: HeaderModification }
  | { readonly type: 'invalid'; readonly field: string; readonly cause: string; readonly remedy: string };

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads a RequestHeaderModifier or ResponseHeaderModifier. Names are compared without case; of several entries of one
 * list with equivalent names the first counts (HTTPHeader.name), and one name in two lists is refused (HTTPHeaderFilter).
 */
export function readHeaderModifier(stated: HTTPHeaderFilter): ReadModification {
  const actions = new Map<string, string>();
  for (const { field, list, name } of entries(stated)) {
    const invalid = nameFault(name);
    if (invalid !== null) return { type: 'invalid', field, ...invalid };
    const other = actions.get(name);
    if (other !== undefined && other !== list) {
      return {
        type: 'invalid',
        field,
        cause: `header "${name}" stands in both ${other} and ${list}, and only one action a header is permitted`,
        remedy: `keep "${name}" in one of the lists`,
      };
    }
    actions.set(name, list);
  }
  return {
    type: 'modification',
    modification: {
      set: firstOfEach(stated.set ?? []),
      add: firstOfEach(stated.add ?? []),
      remove: [...new Set((stated.remove ?? []).map((name) => name.toLowerCase()))],
    },
  };
}

function* entries(stated: HTTPHeaderFilter): Generator<{ field: string; list: string; name: string }> {
  for (const list of ['set', 'add'] as const) {
    for (const [index, { name }] of (stated[list] ?? []).entries()) {
      yield { field: `${list}[${index}].name`, list, name: name.toLowerCase() };
    }
  }
  for (const [index, name] of (stated.remove ?? []).entries()) {
    yield { field: `remove[${index}]`, list: 'remove', name: name.toLowerCase() };
  }
}

function nameFault(name: string): { cause: string; remedy: string } | null {
  if (!token.test(name)) {
    return { cause: `"${name}" is no header name (RFC 9110 section 5.1)`, remedy: 'correct the name' };
  }
  if (name === 'host') {
    return {
      cause: 'the Host header is not changed by a header modifier',
      remedy: 'use a URLRewrite filter with a hostname',
    };
  }
  if (framingFields.has(name)) {
    return {
      cause: `header "${name}" belongs to the connection or frames the message, and is the gateway's own`,
      remedy: `remove "${name}" from the filter`,
    };
  }
  return null;
}

function firstOfEach(stated: readonly HTTPHeader[]): readonly HeaderValue[] {
  const values = new Map<string, HeaderValue>();
  for (const header of stated) {
    const name = header.name.toLowerCase();
    if (!values.has(name)) values.set(name, { name, value: header.value });
  }
  return [...values.values()];
}
