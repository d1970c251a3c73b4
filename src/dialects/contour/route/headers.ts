import { framingFields } from '../../../model/framing-fields.ts';
import type { HeaderModification, HeaderValue } from '../../../model/route.ts';
import type { HTTPProxyHeadersPolicy } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import type { DefaultHeaders } from '../settings.ts';
import { hostField, type KnownValues, readHeaderValue } from './header-value.ts';

export type { KnownValues } from './header-value.ts';

/** What a headers policy asks for. */
export interface ReadHeaders {
  readonly modification: HeaderModification;
  /** A new Host for the backend, which is the server name of its handshake too. */
  readonly host: string | null;
  /** The field of the request that a new Host is taken from, in lower case, or null. */
  readonly hostFrom: string | null;
  /** What is not set, and why: whole sentences without their end. */
  readonly ignored: readonly string[];
}

export type HeadersResult =
  | { readonly type: 'headers'; readonly headers: ReadHeaders }
  /** The message is the peer's; `on request headers` or the like comes behind it. */
  | { readonly type: 'invalid'; readonly message: string };

const headerName = /^[-A-Za-z0-9]+$/;
const nameRule =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/**
 * Reads a headers policy.
 *
 * @param allowHost whether Host may be set: of requests it may, for a service to a text alone
 * @param defaults of the configuration; what the policy says itself goes before
 */
export function readHeaders(
  policy: HTTPProxyHeadersPolicy | undefined,
  allowHost: boolean | 'text',
  known: KnownValues,
  defaults: DefaultHeaders | null = null,
): HeadersResult {
  const read = new HeadersReader(allowHost, known);
  for (const { name, value } of policy?.set ?? []) read.set(name, value);
  for (const name of policy?.remove ?? []) read.remove(name);
  for (const [name, value] of Object.entries(defaults?.set ?? {})) read.setByDefault(name, value);
  for (const name of defaults?.remove ?? []) read.removeByDefault(name);
  return read.result;
}

class HeadersReader {
  readonly #allowHost: boolean | 'text';
  readonly #known: KnownValues;
  readonly #set = new Map<string, HeaderValue>();
  readonly #remove = new Set<string>();
  /** By name. */
  readonly #ignored = new Map<string, string>();
  #host: string | null = null;
  #hostFrom: string | null = null;
  /** The first thing that is wrong. */
  #fault: string | null = null;

  constructor(allowHost: boolean | 'text', known: KnownValues) {
    this.#allowHost = allowHost;
    this.#known = known;
  }

  get result(): HeadersResult {
    if (this.#fault !== null) return { type: 'invalid', message: this.#fault };
    // Removed first, then set, as the peer does.
    const remove = [...this.#remove].filter((name) => !this.#set.has(name)).sort();
    const modification = { set: [...this.#set.values()], add: [], remove };
    const ignored = [...this.#ignored.values()];
    return { type: 'headers', headers: { modification, host: this.#host, hostFrom: this.#hostFrom, ignored } };
  }

  set(stated: string, value: string): void {
    const name = stated.toLowerCase();
    if (this.#set.has(name) || this.#ignored.has(name)) {
      this.#fault ??= `duplicate header addition: ${goQuote(canonicalName(stated))}`;
    } else this.#add(stated, value);
  }

  setByDefault(stated: string, value: string): void {
    const name = stated.toLowerCase();
    const taken = name === 'host' ? this.#host !== null || this.#hostFrom !== null : this.#set.has(name);
    if (!taken) this.#add(stated, value);
  }

  remove(stated: string): void {
    const key = goQuote(canonicalName(stated));
    if (this.#remove.has(stated.toLowerCase())) this.#fault ??= `duplicate header removal: ${key}`;
    this.removeByDefault(stated);
  }

  removeByDefault(stated: string): void {
    if (headerName.test(stated)) this.#remove.add(stated.toLowerCase());
    else this.#fault ??= `invalid remove header ${goQuote(canonicalName(stated))}: [${nameRule}]`;
  }

  #add(stated: string, value: string): void {
    const name = stated.toLowerCase();
    const key = goQuote(canonicalName(stated));
    if (name === 'host') this.#setHost(value);
    else if (!headerName.test(stated)) this.#fault ??= `invalid set header ${key}: [${nameRule}]`;
    else if (framingFields.has(name)) {
      this.#ignored.set(name, `header "${name}" belongs to the connection or frames the message, and is not set`);
    } else this.#setValue(name, value);
  }

  #setHost(value: string): void {
    const from = hostField(value);
    if (this.#allowHost === false) this.#fault ??= 'rewriting "Host" header is not supported';
    else if (from === null) this.#host = value;
    else if (this.#allowHost === true) this.#hostFrom = from;
    else this.#fault ??= 'rewriting "Host" host header with dynamic value is not supported on service';
  }

  #setValue(name: string, value: string): void {
    const read = readHeaderValue(value, this.#known);
    if (read.type === 'text') this.#set.set(name, { name, value: read.text });
    else if (read.type === 'parts') this.#set.set(name, { name, value: '', parts: read.parts });
    else this.#ignored.set(name, `header "${name}" is not set: nothing fills in %${read.variable}%`);
  }
}

/** As Go's http.CanonicalHeaderKey writes a name; one that is no name stays as it is. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
