import type { HeaderModification, HeaderValue } from '../../../model/route.ts';
import type { HTTPProxyHeadersPolicy } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import type { DefaultHeaders } from '../settings.ts';

/** What a headers policy asks for. */
export interface ReadHeaders {
  readonly modification: HeaderModification;
  /** A new Host for the backend, which is the server name of its handshake too. */
  readonly host: string | null;
  /** Names that are not a route's to set, in lower case. */
  readonly ignored: readonly string[];
}

export type HeadersResult =
  | { readonly type: 'headers'; readonly headers: ReadHeaders }
  /** The message is the peer's; `on request headers` or the like comes behind it. */
  | { readonly type: 'invalid'; readonly message: string };

/** Values that a policy may name between percent signs, known when it is read. */
export type KnownValues = Readonly<Record<string, string>>;

/** Headers that frame the message or belong to one connection (RFC 9110 section 7.6.1, RFC 9112 section 6). */
const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const headerName = /^[-A-Za-z0-9]+$/;
const nameRule =
  "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/**
 * Reads a headers policy.
 *
 * @param allowHost whether Host may be set: of requests it may
 * @param defaults of the configuration; what the policy says itself goes before
 */
export function readHeaders(
  policy: HTTPProxyHeadersPolicy | undefined,
  allowHost: boolean,
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
  readonly #allowHost: boolean;
  readonly #known: KnownValues;
  readonly #set = new Map<string, HeaderValue>();
  readonly #remove = new Set<string>();
  readonly #ignored = new Set<string>();
  #host: string | null = null;
  /** The first thing that is wrong. */
  #fault: string | null = null;

  constructor(allowHost: boolean, known: KnownValues) {
    this.#allowHost = allowHost;
    this.#known = known;
  }

  get result(): HeadersResult {
    if (this.#fault !== null) return { type: 'invalid', message: this.#fault };
    // Removed first, then set, as the peer does.
    const remove = [...this.#remove].filter((name) => !this.#set.has(name)).sort();
    const modification = { set: [...this.#set.values()], add: [], remove };
    return { type: 'headers', headers: { modification, host: this.#host, ignored: [...this.#ignored] } };
  }

  set(stated: string, value: string): void {
    const name = stated.toLowerCase();
    if (this.#set.has(name) || this.#ignored.has(name)) {
      this.#fault ??= `duplicate header addition: ${goQuote(canonicalName(stated))}`;
    } else this.#add(stated, value);
  }

  setByDefault(stated: string, value: string): void {
    const name = stated.toLowerCase();
    const taken = name === 'host' ? this.#host !== null : this.#set.has(name);
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
    if (name === 'host') {
      if (this.#allowHost) this.#host = value;
      else this.#fault ??= `rewriting ${key} header is not supported`;
    } else if (!headerName.test(stated)) this.#fault ??= `invalid set header ${key}: [${nameRule}]`;
    else if (framing.has(name)) this.#ignored.add(name);
    else this.#set.set(name, { name, value: fillIn(value, this.#known) });
  }
}

/** As Go's http.CanonicalHeaderKey writes a name; one that is no name stays as it is. */
export function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** Percent signs that name nothing known stand for themselves. */
function fillIn(value: string, known: KnownValues): string {
  if (!value.includes('%')) return value;
  return value.replaceAll(/%([A-Z_]+)%/g, (text, name: string) =>
    Object.hasOwn(known, name) ? (known[name] as string) : text,
  );
}
