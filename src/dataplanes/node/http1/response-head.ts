import type { FieldCache } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import type { Limits } from '../limits.ts';
import { type FieldBlockMemo, recallFieldBlock } from './field-block.ts';
import { Violation } from './violation.ts';

/** A response's head and what it says about the connection and the content that follows. */
export interface ParsedResponse {
  readonly head: ResponseHead;
  readonly chunked: boolean;
  /** The backend keeps the connection after the response. */
  readonly persistent: boolean;
}

/** What stays the same from one response to the next on a connection. */
export interface ResponseParsing {
  readonly cache: FieldCache;
  readonly memo: FieldBlockMemo;
  readonly limits: Limits;
}

/**
 * Parses the text of a head without its empty line, one character a byte (RFC 9112 section 4). As strict as with
 * requests: a response that two recipients could read differently is a way to split it.
 */
export function parseResponseHead(text: string, parsing: ResponseParsing): ParsedResponse | Violation {
  const lineEnd = text.indexOf('\r\n');
  const status = parseStatusLine(text, lineEnd);
  if (status < 0) return badStatusLine;
  const block = recallFieldBlock(parsing.memo, text.slice(lineEnd + 2), parsing.cache, parsing.limits.headerCount);
  if (block instanceof Violation) return block;
  const minorVersion = text.charCodeAt(7) - 0x30;
  if (block.chunked && minorVersion === 0) return codingInOldVersion;
  if (status < 200 && (block.chunked || block.contentLength > 0)) return informationalContent;
  return {
    head: { status, fields: block.fields, contentLength: block.contentLength, upgrade: block.upgrade },
    chunked: block.chunked,
    persistent: minorVersion === 1 ? !block.close : block.keepAlive && !block.close,
  };
}

const badStatusLine = new Violation(400, 'status-line', 'the first line is not a status line');
const codingInOldVersion = new Violation(400, 'transfer-encoding', 'Transfer-Encoding in HTTP/1.0');
const informationalContent = new Violation(400, 'informational', 'an informational response with content');

const reason = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The status code, or -1. The space before an empty reason phrase may be missing: many servers leave it out. */
function parseStatusLine(text: string, lineEnd: number): number {
  if (lineEnd < 12 || !text.startsWith('HTTP/1.')) return -1;
  const minor = text.charCodeAt(7);
  if ((minor !== 0x31 && minor !== 0x30) || text.charCodeAt(8) !== 0x20) return -1;
  const hundreds = text.charCodeAt(9) - 0x30;
  const tens = text.charCodeAt(10) - 0x30;
  const ones = text.charCodeAt(11) - 0x30;
  if (hundreds < 1 || hundreds > 5 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
  if (lineEnd > 12) {
    if (text.charCodeAt(12) !== 0x20) return -1;
    // Nearly all reason phrases are one of two words; the others are looked at.
    if (!(lineEnd === 15 && text.startsWith('OK', 13)) && !reason.test(text.slice(13, lineEnd))) return -1;
  }
  return hundreds * 100 + tens * 10 + ones;
}
