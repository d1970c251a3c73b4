import { parseAuthority } from '../http/authority.ts';
import { CONTENT_LENGTH, COOKIE, EXPECT, Field, type FieldKind, HOP_BY_HOP, HOST, TE } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import { parseContentLength } from './content-length.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { AUTHORITY, FIELD, METHOD, PATH, PROTOCOL, SCHEME } from './hpack/header-entry.ts';

/** What a header block that opens a stream comes to. */
export type RequestReading =
  | {
      readonly type: 'request';
      readonly head: RequestHead;
      /** The same, of a request that has no content. */
      readonly headWithoutContent: RequestHead;
      /** What content-length said, or -1. */
      readonly contentLength: number;
    }
  /** Not a request of HTTP/2: the stream is reset (RFC 9113 section 8.1.1). */
  | { readonly type: 'malformed'; readonly message: string }
  /** Well-formed and not served: answered with this status. */
  | { readonly type: 'refused'; readonly status: 400 | 414 | 417 | 431 | 501; readonly message: string };

export interface RequestLimits {
  readonly headerCount: number;
  readonly requestLine: number;
}

const methodToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** As in HTTP/1.1: visible US-ASCII without `#`. A target with white space or a line end would be another request there. */
const originForm = /^\/[\x21\x22\x24-\x7e]*$/;

const malformed = (message: string): RequestReading => ({ type: 'malformed', message });
const refused = (status: 400 | 414 | 417 | 431 | 501, message: string): RequestReading => ({
  type: 'refused',
  status,
  message,
});

const tooLarge = refused(431, 'the header list is too large');
const tooMany = refused(431, 'too many header fields');
const longTarget = refused(414, 'the request target is too long');
const badEntry = malformed('a field that HTTP/2 does not allow');
const misplaced = malformed('a pseudo-header field after a regular one, twice, or of a response');
const incomplete = malformed('a required pseudo-header field is missing');
const badMethod = malformed('the method is not a token');
const badScheme = malformed('the scheme is neither http nor https');
const badTarget = malformed('the path is not one of a request target');
const badLength = malformed('content-length is not one plain decimal number');
const badProtocol = malformed('a protocol without CONNECT');
const twoHosts = malformed('more than one Host field');
const badAuthority = refused(400, 'the authority is not a host with an optional port');
const noAuthority = refused(400, 'neither an authority nor Host');
const otherHost = refused(400, 'Host differs from the authority');
const badExpect = refused(417, 'an expectation other than "100-continue"');
const noConnect = refused(501, 'CONNECT is not offered');
const otherProtocol = refused(501, 'the protocol is not offered');

/**
 * Makes a request's head of a decoded header block, after all checks of RFC 9113 section 8 and those that HTTP/1.1 makes
 * of the same request, so that nothing passes here that would be refused, or read in two ways, there.
 */
export function readRequest(block: HeaderBlock, limits: RequestLimits): RequestReading {
  let method: string | null = null;
  let path: string | null = null;
  let scheme: string | null = null;
  let authority: string | null = null;
  let protocol: string | null = null;
  let host: string | null = null;
  let contentLength = -1;
  let expectContinue = false;
  let acceptsTrailers = false;
  let cookie = '';
  let count = 0;
  const fields: Field[] = [];
  for (const entry of block.entries) {
    const value = entry.value;
    if (entry.role !== FIELD) {
      // Pseudo-header fields come first and once (section 8.3).
      if (count > 0) return misplaced;
      switch (entry.role) {
        case METHOD:
          if (method !== null) return misplaced;
          method = value;
          continue;
        case PATH:
          if (path !== null) return misplaced;
          path = value;
          continue;
        case SCHEME:
          if (scheme !== null) return misplaced;
          scheme = value;
          continue;
        case AUTHORITY:
          if (authority !== null) return misplaced;
          authority = value;
          continue;
        case PROTOCOL:
          if (protocol !== null) return misplaced;
          protocol = value;
          continue;
        default:
          return badEntry;
      }
    }
    const field = entry.field as Field;
    count += 1;
    switch (field.kind as FieldKind) {
      case CONTENT_LENGTH:
        if (contentLength >= 0) return badLength;
        contentLength = parseContentLength(value);
        if (contentLength < 0) return badLength;
        continue;
      case COOKIE:
        cookie = cookie === '' ? value : `${cookie}; ${value}`;
        continue;
      case HOST:
        if (host !== null) return twoHosts;
        host = value;
        continue;
      case EXPECT:
        if (expectContinue || value.toLowerCase() !== '100-continue') return badExpect;
        expectContinue = true;
        continue;
      case TE:
        acceptsTrailers = true;
        continue;
      case HOP_BY_HOP:
        continue;
      default:
        fields.push(field);
    }
  }
  if (block.tooLarge) return tooLarge;
  if (fields.length > limits.headerCount) return tooMany;
  if (method === null) return incomplete;
  if (!methodToken.test(method)) return badMethod;
  if (protocol !== null && method !== 'CONNECT') return badProtocol;
  if (method === 'CONNECT' && protocol === null) return noConnect;
  if (scheme === null || path === null) return incomplete;
  if (scheme !== 'http' && scheme !== 'https') return badScheme;
  if (!originForm.test(path) && !(path === '*' && method === 'OPTIONS')) return badTarget;
  if (path.length > limits.requestLine) return longTarget;

  if (authority === null && host === null) return noAuthority;
  const parsed = parseAuthority(authority ?? (host as string));
  if (parsed === null) return badAuthority;
  if (authority !== null && host !== null && parseAuthority(host) !== parsed) return otherHost;

  if (protocol !== null && (protocol !== 'websocket' || contentLength >= 0)) return otherProtocol;
  if (cookie !== '') fields.push(new Field('cookie', cookie, COOKIE));
  const upgrade = protocol ?? '';
  const head: RequestHead = {
    // Section 4 of RFC 8441: the CONNECT stands for the GET that opens a WebSocket in HTTP/1.1.
    method: upgrade === '' ? method : 'GET',
    target: path,
    authority: parsed,
    fields: upgrade === '' ? fields : fields.filter((field) => field.name !== 'sec-websocket-key'),
    contentLength,
    expectContinue,
    upgrade,
    acceptsTrailers,
  };
  return {
    type: 'request',
    head,
    headWithoutContent: { ...head, contentLength: 0, expectContinue: false },
    contentLength,
  };
}
