import {
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  type Field,
  type FieldCache,
  HOP_BY_HOP,
  HOST,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from '../http/field.ts';
import { parseConnection } from './connection-options.ts';
import { Violation } from './violation.ts';

/** The field lines of one head: what goes on to the next hop, and what they say about this one. */
export interface FieldBlock {
  /** End-to-end fields, in the order they came. */
  readonly fields: readonly Field[];
  /** The value of the one Host field, or null. */
  readonly host: string | null;
  /** Bytes, or -1 without the field. */
  readonly contentLength: number;
  readonly chunked: boolean;
  readonly close: boolean;
  readonly keepAlive: boolean;
  /** `websocket` where Upgrade names exactly that and Connection names Upgrade; every other protocol is dropped. */
  readonly upgrade: string;
  readonly expectContinue: boolean;
  readonly acceptsTrailers: boolean;
}

/** What was parsed last on a connection: peers mostly repeat their field lines from one message to the next. */
export interface FieldBlockMemo {
  text: string;
  block: FieldBlock | null;
  /** All fields of the block, those of this hop too. */
  lines: readonly Field[];
}

/** Longer texts and more lines are not kept, so that an idle connection stays small. */
const memoLimit = 4096;

export function newMemo(): FieldBlockMemo {
  return { text: '', block: null, lines: [] };
}

/**
 * Parses the lines between the start line and the empty line, each with its CRLF (RFC 9112 section 5). Holds for
 * requests and responses: whatever leaves a doubt about where the message ends is a violation (RFC 9112 sections 6.1,
 * 6.3 and 11.2).
 */
export function recallFieldBlock(
  memo: FieldBlockMemo,
  text: string,
  cache: FieldCache,
  headerCount: number,
): FieldBlock | Violation {
  if (memo.block !== null && memo.text === text) return memo.block;
  const lines = parseLines(memo.lines, text, cache, headerCount);
  if (lines instanceof Violation) return lines;
  const block = interpret(lines);
  if (text.length <= memoLimit && !(block instanceof Violation)) {
    memo.text = text;
    memo.block = block;
    memo.lines = lines;
  }
  return block;
}

/**
 * The fields of all lines. A line that stands where it stood before is recognised by comparing it, which costs less
 * than looking it up.
 */
function parseLines(
  before: readonly Field[],
  text: string,
  cache: FieldCache,
  headerCount: number,
): Field[] | Violation {
  const lines: Field[] = [];
  const length = text.length;
  let position = 0;
  /** Index in `before` of the line that is expected next. */
  let next = 0;
  while (position < length) {
    const end = text.indexOf('\r\n', position);
    const line = text.slice(position, end);
    position = end + 2;
    let field = before[next];
    if (field?.source === line) next += 1;
    else {
      field = before[next + 1];
      if (field?.source === line) next += 2;
      else {
        const parsed = cache.parse(line);
        if (parsed === null) return badLine(line);
        field = parsed;
      }
    }
    lines.push(field);
  }
  return lines.length > headerCount ? tooMany : lines;
}

/** What the fields say about this hop, and those that go on. */
function interpret(lines: readonly Field[]): FieldBlock | Violation {
  const fields: Field[] = [];
  let host: string | null = null;
  let contentLength = -1;
  let chunked = false;
  let connection = '';
  let upgrades = 0;
  let websocket = false;
  let expectContinue = false;
  let acceptsTrailers = false;
  for (const field of lines) {
    switch (field.kind) {
      case CONTENT_LENGTH:
        if (contentLength >= 0) return twoLengths;
        contentLength = parseLength(field.value);
        if (contentLength < 0) return badLength;
        break;
      case TRANSFER_ENCODING: {
        if (chunked) return twoCodings;
        const violation = checkCoding(field.value);
        if (violation !== null) return violation;
        chunked = true;
        break;
      }
      case HOST:
        if (host !== null) return twoHosts;
        host = field.value;
        break;
      case CONNECTION:
        connection = connection === '' ? field.value : `${connection},${field.value}`;
        break;
      case UPGRADE:
        upgrades += 1;
        websocket = field.value.toLowerCase() === 'websocket';
        break;
      case EXPECT:
        if (expectContinue || field.value.toLowerCase() !== '100-continue') return badExpect;
        expectContinue = true;
        break;
      case TE:
        acceptsTrailers = acceptsTrailers || field.value.toLowerCase() === 'trailers';
        break;
      case HOP_BY_HOP:
        break;
      default:
        fields.push(field);
    }
  }
  if (chunked && contentLength >= 0) return lengthAndCoding;
  const options = parseConnection(connection);
  if (options instanceof Violation) return options;
  return {
    fields: options.nominated === null ? fields : without(fields, options.nominated),
    host,
    contentLength,
    chunked,
    close: options.close,
    keepAlive: options.keepAlive,
    upgrade: websocket && upgrades === 1 && options.upgrade ? 'websocket' : '',
    expectContinue,
    acceptsTrailers,
  };
}

const twoLengths = new Violation(400, 'content-length', 'more than one Content-Length field');
const badLength = new Violation(400, 'content-length', 'Content-Length is not a plain decimal number');
const twoCodings = new Violation(400, 'transfer-encoding', 'more than one Transfer-Encoding field');
const lengthAndCoding = new Violation(400, 'transfer-encoding', 'both Content-Length and Transfer-Encoding');
const badCoding = new Violation(400, 'transfer-encoding', 'Transfer-Encoding is not "chunked"');
const unknownCoding = new Violation(501, 'transfer-encoding', 'a transfer coding other than "chunked"');
const twoHosts = new Violation(400, 'host', 'more than one Host field');
const badExpect = new Violation(417, 'expect', 'an expectation other than "100-continue"');
const tooMany = new Violation(431, 'header-count', 'too many field lines');

/** Sixteen digits hold every safe integer; a leading zero is octal to some and decimal to others. */
const decimal = /^(?:0|[1-9][0-9]{0,15})$/;

function parseLength(value: string): number {
  if (!decimal.test(value)) return -1;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : -1;
}

const codings = /^(?:[!#$%&'*+\-.^_`|~0-9a-z]+[ \t]*,[ \t]*)+chunked$/;

/**
 * Only `chunked` itself is taken. A well-formed list that ends in it is framed but not understood, 501 (RFC 9112
 * section 6.1); anything else leaves the length unknown, 400 (section 6.3).
 */
function checkCoding(value: string): Violation | null {
  const coding = value.toLowerCase();
  if (coding === 'chunked') return null;
  return codings.test(coding) && coding.indexOf('chunked') === coding.length - 7 ? unknownCoding : badCoding;
}

/** Says which rule a line broke that is no field line. */
function badLine(line: string): Violation {
  if (line.startsWith(' ') || line.startsWith('\t')) return obsFold;
  if (line.includes('\r') || line.includes('\n')) return bareLineEnd;
  return badField;
}

const obsFold = new Violation(400, 'obs-fold', 'a field line that starts with white space');
const bareLineEnd = new Violation(400, 'line-end', 'a CR or LF that is not part of a CRLF');
const badField = new Violation(400, 'field-line', 'a line that is not a field line');

function without(fields: readonly Field[], names: ReadonlySet<string>): readonly Field[] {
  return fields.filter((field) => !names.has(field.name));
}
