import { randomBytes } from 'node:crypto';
import type { CookieAttributes } from '../../../../model/balancing.ts';
import { type Field, makeField } from '../../http/field.ts';

/** Enough that no two sessions share one by chance. */
const valueSize = 16;
/** RFC 6265 section 4.1.1. */
const cookieName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const attributeValue = /^[\x20-\x3a\x3c-\x7e]*$/;

export interface IssuedCookie {
  readonly value: string;
  /** The Set-Cookie field. */
  readonly field: Field;
}

/** A cookie of the gateway's own: of a random value that says nothing but that two requests belong together, or of a given one. */
export class AffinityCookie {
  readonly #name: string;
  readonly #attributes: CookieAttributes;

  /** Null where the name or the path could not stand in a Set-Cookie field. */
  static create(name: string, attributes: CookieAttributes): AffinityCookie | null {
    const possible = cookieName.test(name) && attributeValue.test(attributes.path ?? '');
    return possible ? new AffinityCookie(name, attributes) : null;
  }

  private constructor(name: string, attributes: CookieAttributes) {
    this.#name = name;
    this.#attributes = attributes;
  }

  /** @param secure the request came over TLS */
  issue(secure: boolean): IssuedCookie | null {
    const value = randomBytes(valueSize).toString('hex');
    const field = this.carry(value, secure);
    return field === null ? null : { value, field };
  }

  /** The Set-Cookie field with a value of characters that a cookie may have. @param secure the request came over TLS */
  carry(value: string, secure: boolean): Field | null {
    return makeField('set-cookie', `${this.#name}=${value}${describe(this.#attributes, secure)}`);
  }
}

function describe({ path, maxAge, httpOnly, secure, sameSite }: CookieAttributes, overTls: boolean): string {
  const parts = [
    path === null ? '' : `; Path=${path}`,
    maxAge === null ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAge))}`,
    secure === true || (secure === 'auto' && overTls) ? '; Secure' : '',
    httpOnly ? '; HttpOnly' : '',
    sameSite === null ? '' : `; SameSite=${sameSite}`,
  ];
  return parts.join('');
}

/** The value of the first cookie with this name, or null. */
export function readCookie(fields: readonly Field[], name: string): string | null {
  for (const value of cookieValues(fields, name)) return value;
  return null;
}

/** The values of the cookies with this name, the most specific path first (RFC 6265 section 5.4), without the quotes that some servers add. */
export function* cookieValues(fields: readonly Field[], name: string): Generator<string> {
  for (const field of fields) {
    if (field.name !== 'cookie') continue;
    for (const pair of field.value.split(';')) {
      const equals = pair.indexOf('=');
      if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
      const value = pair.slice(equals + 1).trim();
      yield value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    }
  }
}
