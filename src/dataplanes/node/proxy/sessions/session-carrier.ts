import type { SessionCarrier } from '../../../../model/session.ts';
import { type Field, makeField } from '../../http/field.ts';
import { AffinityCookie, cookieValues } from '../balancing/affinity-cookie.ts';
import type { HeaderEdit } from '../headers/edit.ts';

/** Where the tokens of several rules that share a cookie stand behind one another. A cookie's value may hold it, and a token may not. */
const separator = '.';

/** Tokens that are looked at, and that are passed back: rules that share a name are few. */
const maxTokens = 8;

/** Gets tokens out of requests and into responses. */
export interface TokenCarrier {
  /** What may be tokens, in the order in which they stand; a few at most. */
  read(fields: readonly Field[]): readonly string[];
  /** What a response is to say, or null where it could not be said. @param secure the request came over TLS */
  write(tokens: readonly string[], secure: boolean): HeaderEdit | null;
}

/** Null where the name, or the path of a cookie, could not stand in a field. */
export function carrierOf(carrier: SessionCarrier): TokenCarrier | null {
  if (carrier.type === 'header') return makeField(carrier.name, '') === null ? null : headerCarrier(carrier.name);
  const cookie = AffinityCookie.create(carrier.name, carrier.attributes);
  return cookie === null ? null : cookieCarrier(carrier.name, cookie);
}

function cookieCarrier(name: string, cookie: AffinityCookie): TokenCarrier {
  return {
    read: (fields) => tokensIn(cookieValues(fields, name)),
    write: (tokens, secure) => editOf(cookie.carry(joined(tokens), secure), []),
  };
}

function headerCarrier(name: string): TokenCarrier {
  return {
    read: (fields) => tokensIn(fields.filter((field) => field.name === name).map(({ value }) => value)),
    // A backend's own field of that name would be taken for the session.
    write: (tokens) => editOf(makeField(name, joined(tokens)), [name]),
  };
}

const joined = (tokens: readonly string[]): string => tokens.slice(0, maxTokens).join(separator);

function tokensIn(values: Iterable<string>): readonly string[] {
  const tokens: string[] = [];
  for (const value of values) tokens.push(...value.split(separator, maxTokens - tokens.length));
  return tokens;
}

function editOf(field: Field | null, drop: readonly string[]): HeaderEdit | null {
  return field === null ? null : { drop: new Set(drop), append: [field], host: null };
}
