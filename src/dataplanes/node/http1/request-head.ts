import { parseAuthority } from '../http/authority.ts';
import type { FieldCache } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { Limits } from '../limits.ts';
import { type FieldBlockMemo, recallFieldBlock } from './field-block.ts';
import { Violation } from './violation.ts';

/** A request's head and what it says about the connection. */
export interface ParsedRequest {
  readonly head: RequestHead;
  readonly minorVersion: 0 | 1;
  readonly chunked: boolean;
  /** The client wants the connection kept after the response (RFC 9112 section 9.3). */
  readonly persistent: boolean;
}

/** What stays the same from one request to the next on a connection. */
export interface RequestParsing {
  readonly cache: FieldCache;
  readonly memo: FieldBlockMemo;
  readonly limits: Limits;
  /** The scheme that an absolute-form target must have: `https` on a TLS connection. */
  readonly scheme: 'http' | 'https';
}

/**
 * Parses the text of a head without its empty line, one character a byte (RFC 9112 section 3 and RFC 9110 section
 * 7.2), and refuses it for the reasons of RFC 9112 section 11.2: what two recipients could read differently.
 */
export function parseRequestHead(text: string, parsing: RequestParsing): ParsedRequest | Violation {
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd > parsing.limits.requestLine) return longLine;

  const versionStart = lineEnd - ' HTTP/1.1'.length;
  const methodEnd = text.indexOf(' ');
  let minorVersion: 0 | 1 = 1;
  if (methodEnd <= 0 || methodEnd >= versionStart || !text.startsWith(' HTTP/1.1', versionStart)) {
    if (methodEnd <= 0 || methodEnd >= versionStart || !text.startsWith(' HTTP/1.0', versionStart))
      return badRequestLine(text.slice(0, lineEnd));
    minorVersion = 0;
  }
  const method = text.slice(0, methodEnd);
  if (!commonMethods.has(method)) {
    if (!token.test(method)) return badMethod;
    if (method === 'CONNECT') return noConnect;
  }
  const rawTarget = text.slice(methodEnd + 1, versionStart);

  const block = recallFieldBlock(parsing.memo, text.slice(lineEnd + 2), parsing.cache, parsing.limits.headerCount);
  if (block instanceof Violation) return block;
  if (minorVersion === 0 && block.chunked) return codingInOldVersion;

  let authority = '';
  if (block.host !== null) {
    const host = parseAuthority(block.host);
    if (host === null) return badHost;
    authority = host;
  } else if (minorVersion === 1) return noHost;

  let target = rawTarget;
  if (!originForm.test(rawTarget)) {
    const resolved = resolveTarget(method, rawTarget, parsing.scheme);
    if (resolved instanceof Violation) return resolved;
    if (resolved.authority !== '') {
      if (block.host !== null && authority !== resolved.authority) return otherHost;
      authority = resolved.authority;
    }
    target = resolved.target;
  }

  const hasContent = block.chunked || block.contentLength > 0;
  if (hasContent && method === 'TRACE') return traceWithContent;
  return {
    head: {
      method,
      target,
      authority,
      fields: block.fields,
      contentLength: block.chunked ? -1 : Math.max(block.contentLength, 0),
      // RFC 9110 section 10.1.1: without content there is nothing to wait for, and HTTP/1.0 does not know it.
      expectContinue: block.expectContinue && hasContent && minorVersion === 1,
      upgrade: minorVersion === 1 && method === 'GET' && !hasContent ? block.upgrade : '',
      acceptsTrailers: block.acceptsTrailers && minorVersion === 1,
    },
    minorVersion,
    chunked: block.chunked,
    persistent: minorVersion === 1 ? !block.close : block.keepAlive && !block.close,
  };
}

const commonMethods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS']);
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * Visible US-ASCII without `#`. Wider than RFC 3986, because browsers send `|`, `[`, `{` and the like raw; none of these
 * can end a line or a request line.
 */
const originForm = /^\/[\x21\x22\x24-\x7e]*$/;
const absoluteForm = /^(https?):\/\/([^/?#]+)((?:[/?][\x21\x22\x24-\x7e]*)?)$/i;
const authorityForm = /^[^/?#@]+:[0-9]+$/;
const otherVersion = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP\/[0-9]\.[0-9]$/;

const longLine = new Violation(414, 'request-line-size', 'the request line is too long');
const notRequestLine = new Violation(400, 'request-line', 'the first line is not a request line');
const lineWithBareEnd = new Violation(400, 'line-end', 'a CR or LF that is not part of a CRLF');
const badVersion = new Violation(505, 'version', 'only HTTP/1.1 and HTTP/1.0 are understood here');
const badMethod = new Violation(400, 'method', 'the method is not a token');
const noConnect = new Violation(501, 'connect', 'CONNECT is not offered');
const badTarget = new Violation(400, 'target', 'the request target has none of the forms of RFC 9112 section 3.2');
const otherScheme = new Violation(421, 'scheme', 'the scheme of the request target is not that of the connection');
const badHost = new Violation(400, 'host', 'Host is not a host with an optional port');
const noHost = new Violation(400, 'host', 'no Host field');
const otherHost = new Violation(400, 'host', 'Host differs from the authority of the request target');
const codingInOldVersion = new Violation(400, 'transfer-encoding', 'Transfer-Encoding in HTTP/1.0');
const traceWithContent = new Violation(400, 'content-length', 'TRACE with content');

function badRequestLine(line: string): Violation {
  if (otherVersion.test(line)) return badVersion;
  return line.includes('\r') || line.includes('\n') ? lineWithBareEnd : notRequestLine;
}

/** The target and authority of an absolute form or an asterisk form; the authority is empty for the asterisk. */
function resolveTarget(
  method: string,
  raw: string,
  scheme: string,
): { readonly target: string; readonly authority: string } | Violation {
  if (raw === '*') return method === 'OPTIONS' ? { target: '*', authority: '' } : badTarget;
  const parts = absoluteForm.exec(raw);
  if (parts === null) return authorityForm.test(raw) ? authorityTarget : badTarget;
  const [, targetScheme = '', authorityText = '', path = ''] = parts;
  const authority = parseAuthority(authorityText);
  if (authority === null) return badTarget;
  if (targetScheme.toLowerCase() !== scheme) return otherScheme;
  if (path === '') return { target: method === 'OPTIONS' ? '*' : '/', authority };
  return { target: path.startsWith('?') ? `/${path}` : path, authority };
}

const authorityTarget = new Violation(400, 'target', 'an authority-form target without CONNECT');
