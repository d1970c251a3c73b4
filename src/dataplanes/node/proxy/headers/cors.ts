import type { Cors } from '../../../../model/route.ts';
import { Field, REGULAR } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';
import type { Pattern, PatternCache } from '../routing/pattern.ts';
import type { HeaderEdit } from './edit.ts';

/** The response fields of the protocol (WHATWG Fetch section 3.3.3). A backend's own are dropped: the route decides. */
const names: ReadonlySet<string> = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-private-network',
]);

const maxRemembered = 256;
const maxRememberedLength = 256;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const tokens = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/;
/** An ASCII serialisation of an origin (RFC 6454 section 6.2), of the schemes that a pattern can have. */
const serialisedOrigin = /^(https?):\/\/([^/:?#@\s]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?$/;

const nothing: ReadonlySet<string> = new Set();

/** The gateway's answer to a preflight request; `editFor` has the part that every response gets. */
export interface PreflightAnswer {
  readonly status: number;
  readonly edits: readonly HeaderEdit[];
}

/** Cross-origin resource sharing of one route, compiled. */
export class CorsPolicy {
  readonly #cors: Cors;
  readonly #anyOrigin: boolean;
  /** `https://www.example.com:443`. */
  readonly #exact = new Set<string>();
  readonly #wildcards: readonly WildcardOrigin[];
  readonly #patterns: readonly Pattern[];
  /** What a response gets, by the request's origin. Bounded. */
  readonly #edits = new Map<string, HeaderEdit>();

  constructor(cors: Cors, patterns: PatternCache) {
    this.#cors = cors;
    this.#patterns = (cors.allowOriginPatterns ?? []).flatMap((pattern) => patterns.compile(pattern) ?? []);
    this.#anyOrigin = cors.allowOrigins.includes('*');
    const wildcards: WildcardOrigin[] = [];
    for (const pattern of cors.allowOrigins) {
      const parts = splitOrigin(pattern);
      if (parts === null) continue;
      const { scheme, host, port } = parts;
      if (host.startsWith('*')) wildcards.push({ scheme, suffix: host.slice(1), port });
      else this.#exact.add(`${scheme}://${host}:${port}`);
    }
    this.#wildcards = wildcards;
  }

  /** The answer to a preflight request (section 3.3.2), or null where the request is none. */
  answerPreflight({ method, fields }: RequestHead): PreflightAnswer | null {
    if (method !== 'OPTIONS') return null;
    const origin = onlyValue(fields, 'origin');
    const wanted = onlyValue(fields, 'access-control-request-method');
    if (origin === null || wanted === null) return null;
    if (!this.#allows(origin)) return { status: 403, edits: [] };
    const { allowMethods, allowHeaders, maxAge } = this.#cors;
    const methods = this.#listed(allowMethods, token.test(wanted) ? wanted : null);
    const asked = onlyValue(fields, 'access-control-request-headers');
    const headers = this.#listed(allowHeaders, asked !== null && tokens.test(asked) ? asked : null);
    const append = [
      ...(methods === null ? [] : [field('access-control-allow-methods', methods)]),
      ...(headers === null ? [] : [field('access-control-allow-headers', headers)]),
      ...(maxAge === null ? [] : [field('access-control-max-age', String(maxAge))]),
      ...this.#privateNetwork(fields),
      field('vary', 'Access-Control-Request-Method, Access-Control-Request-Headers'),
    ];
    return { status: 204, edits: [{ drop: nothing, append, host: null }] };
  }

  #privateNetwork(fields: readonly Field[]): readonly Field[] {
    const asked = onlyValue(fields, 'access-control-request-private-network') === 'true';
    return asked && this.#cors.allowPrivateNetwork === true
      ? [field('access-control-allow-private-network', 'true')]
      : [];
  }

  /** What a response to this request gets, and what of the backend's it loses. */
  editFor({ fields }: RequestHead): HeaderEdit {
    const origin = onlyValue(fields, 'origin') ?? '';
    const known = this.#edits.get(origin);
    if (known !== undefined) return known;
    const edit: HeaderEdit = { drop: names, append: this.#fieldsFor(origin), host: null };
    if (origin.length <= maxRememberedLength) {
      if (this.#edits.size >= maxRemembered) this.#edits.clear();
      // A copy: the value is likely a slice that would keep a whole request's head alive.
      this.#edits.set(Buffer.from(origin, 'latin1').toString('latin1'), edit);
    }
    return edit;
  }

  #fieldsFor(origin: string): readonly Field[] {
    const { allowCredentials, exposeHeaders } = this.#cors;
    // With credentials browsers refuse a wildcard, and take the name "*" in the lists literally (section 3.3.5).
    const anyone = this.#anyOrigin && !allowCredentials;
    // What depends on the origin must not be served to another one by a cache (section 3.3.8).
    const vary = anyone ? [] : [field('vary', 'Origin')];
    if (origin === '' || !this.#allows(origin)) return vary;
    return [
      field('access-control-allow-origin', anyone ? '*' : origin),
      ...(allowCredentials ? [field('access-control-allow-credentials', 'true')] : []),
      ...(exposeHeaders.length === 0 ? [] : [field('access-control-expose-headers', exposeHeaders.join(', '))]),
      ...vary,
    ];
  }

  /** The value of a list that may be a wildcard, which with credentials is what was asked for; null for no field. */
  #listed(allowed: readonly string[], asked: string | null): string | null {
    if (allowed.length === 0) return null;
    if (!allowed.includes('*')) return allowed.join(', ');
    return this.#cors.allowCredentials ? asked : '*';
  }

  #allows(origin: string): boolean {
    if (this.#anyOrigin) return true;
    if (this.#patterns.some((pattern) => pattern.testExact(origin))) return true;
    const parts = splitOrigin(origin.toLowerCase());
    if (parts === null) return false;
    const { scheme, host, port } = parts;
    if (this.#exact.has(`${scheme}://${host}:${port}`)) return true;
    return this.#wildcards.some(
      (each) =>
        each.scheme === scheme && each.port === port && host.length > each.suffix.length && host.endsWith(each.suffix),
    );
  }
}

interface WildcardOrigin {
  readonly scheme: string;
  /** `.example.com`, or empty for every host. */
  readonly suffix: string;
  readonly port: number;
}

function splitOrigin(origin: string): { readonly scheme: string; readonly host: string; readonly port: number } | null {
  const match = serialisedOrigin.exec(origin);
  if (match === null) return null;
  const [, scheme = '', host = '', port] = match;
  return { scheme, host, port: port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port) };
}

/** Null where there is none, and where there are several: such a request is no browser's. */
function onlyValue(fields: readonly Field[], name: string): string | null {
  let value: string | null = null;
  for (const each of fields) {
    if (each.name !== name) continue;
    if (value !== null) return null;
    value = each.value;
  }
  return value;
}

const field = (name: string, value: string): Field => new Field(name, value, REGULAR);
