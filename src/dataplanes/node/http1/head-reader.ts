import { decodeLatin1 } from '../io/latin1.ts';
import { Violation } from './violation.ts';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const headEnd = Buffer.from('\r\n\r\n', 'latin1');
/** Empty lines that are skipped before a start line (RFC 9112 section 2.2 asks for at least one). */
const maxEmptyLines = 2;
/** Most heads are shorter; in a string the search for their end is cheaper than in a buffer. */
const probe = 2048;

/** What a head may measure, in bytes. */
export interface HeadBounds {
  readonly head: number;
  readonly startLine: number;
}

/**
 * Finds where a head ends, over as many reads as it takes. Each byte is looked at and copied a fixed number of times
 * however the head was split, and what can never become a head is refused when it comes, not when a timeout strikes.
 */
export class HeadReader {
  /** The head without its empty line, one character a byte; valid after `read` returned an offset. */
  text = '';
  readonly #bounds: HeadBounds;
  readonly #skipsEmptyLines: boolean;
  #pending: Buffer | null = null;
  #size = 0;
  #startLineSeen = false;
  #emptyLines = 0;
  #halfEmptyLine = false;

  /** @param skipsEmptyLines a few empty lines may come before the start line, which servers allow and clients do not */
  constructor(bounds: HeadBounds, skipsEmptyLines: boolean) {
    this.#bounds = bounds;
    this.#skipsEmptyLines = skipsEmptyLines;
  }

  /** True while part of a head is waiting for the rest. */
  get started(): boolean {
    return this.#pending !== null || this.#emptyLines > 0 || this.#halfEmptyLine;
  }

  /** The offset in `buffer` after the head, -1 where all of it was taken and more is needed, or a violation. */
  read(buffer: Buffer, offset: number): number | Violation {
    if (this.#pending !== null) return this.#readMore(buffer, offset);
    let start = offset;
    if (this.#skipsEmptyLines && (buffer[start] === CR || this.#halfEmptyLine)) {
      start = this.#skipEmptyLines(buffer, start);
      if (start < 0) return emptyLines;
      if (start === buffer.length) return -1;
    }
    const window = Math.min(buffer.length, start + probe);
    const text = decodeLatin1(buffer, start, window);
    const near = text.indexOf('\r\n\r\n');
    if (near >= 0) return this.#found(text.slice(0, near + 2), start + near + 4);
    const far = window < buffer.length ? buffer.indexOf(headEnd, window - 3) : -1;
    if (far >= 0) {
      return far - start > this.#bounds.head ? longHead : this.#found(decodeLatin1(buffer, start, far + 2), far + 4);
    }
    this.#pending = buffer.subarray(start);
    this.#size = buffer.length - start;
    return this.#checkPart(0);
  }

  #readMore(buffer: Buffer, offset: number): number | Violation {
    const known = this.#size;
    this.#append(buffer, offset);
    const pending = this.#pending as Buffer;
    const end = pending.subarray(0, this.#size).indexOf(headEnd, Math.max(0, known - 3));
    if (end < 0) return this.#checkPart(known);
    return this.#found(decodeLatin1(pending, 0, end + 2), offset + end + 4 - known);
  }

  #found(text: string, after: number): number | Violation {
    if (text.length > this.#bounds.head) return longHead;
    this.text = text;
    this.#pending = null;
    this.#size = 0;
    this.#startLineSeen = false;
    this.#emptyLines = 0;
    return after;
  }

  /** Doubles the room as it fills, never beyond what a head may measure: the rest of a read may be megabytes of content. */
  #append(buffer: Buffer, offset: number): void {
    const room = this.#bounds.head + headEnd.length;
    const size = Math.min(this.#size + buffer.length - offset, room);
    let pending = this.#pending as Buffer;
    if (size > pending.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(256, size * 2), room));
      pending.copy(larger, 0, 0, this.#size);
      pending = larger;
    }
    buffer.copy(pending, this.#size, offset, offset + size - this.#size);
    this.#pending = pending;
    this.#size = size;
  }

  /** Looks at the bytes that are new in a part of a head. */
  #checkPart(from: number): -1 | Violation {
    const pending = this.#pending as Buffer;
    for (let index = from; index < this.#size; index += 1) {
      const byte = pending[index] as number;
      const afterCr = index > 0 && pending[index - 1] === CR;
      if (afterCr !== (byte === LF)) return bareLineEnd;
      if (byte === LF) this.#startLineSeen = true;
      else if (byte < SPACE && byte !== CR && byte !== TAB) return controlCharacter;
    }
    if (!this.#startLineSeen && this.#size > this.#bounds.startLine) return longStartLine;
    return this.#size >= this.#bounds.head + headEnd.length ? longHead : -1;
  }

  /** The offset after empty lines, or -1 where they are too many or no CRLF. */
  #skipEmptyLines(buffer: Buffer, from: number): number {
    let offset = from;
    while (offset < buffer.length) {
      if (this.#halfEmptyLine) {
        if (buffer[offset] !== LF) return -1;
        this.#halfEmptyLine = false;
        this.#emptyLines += 1;
        if (this.#emptyLines > maxEmptyLines) return -1;
      } else if (buffer[offset] === CR) this.#halfEmptyLine = true;
      else break;
      offset += 1;
    }
    return offset;
  }
}

const longHead = new Violation(431, 'head-size', 'the field lines are too long');
const longStartLine = new Violation(414, 'request-line-size', 'the first line is too long');
const emptyLines = new Violation(400, 'line-end', 'too many empty lines, or a bare CR, before the first line');
const bareLineEnd = new Violation(400, 'line-end', 'a CR or LF that is not part of a CRLF');
const controlCharacter = new Violation(400, 'field-line', 'a control character in the head');
