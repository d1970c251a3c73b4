import type { Field, FieldCache } from '../http/field.ts';
import { isTrailer } from '../http/trailers.ts';
import { decodeLatin1 } from '../io/latin1.ts';
import type { Limits } from '../limits.ts';
import { Violation } from './violation.ts';

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

const SIZE = 0;
const EXTENSION = 1;
const EXTENSION_NAME = 2;
const EXTENSION_VALUE = 3;
const TOKEN_VALUE = 4;
const QUOTED_VALUE = 5;
const QUOTED_PAIR = 6;
const AFTER_QUOTED = 7;
const SIZE_LF = 8;
const DATA = 9;
const DATA_CR = 10;
const DATA_LF = 11;
const TRAILERS = 12;
const DONE = 13;

/** Digits of a chunk size, leading zeros and all; more than any safe integer needs. */
const maxSizeDigits = 16;
/** Bytes of chunk extensions in one message: they cost the sender little and the reader much (CVE-2023-39326). */
const maxExtensionBytes = 16_384;
/** Pieces of one read up to this size are moved together, so that a flood of tiny chunks does not become one of calls. */
const gatherLimit = 4096;

const hexValues = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  hexValues[digit.toString(16).charCodeAt(0)] = digit;
  hexValues[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
const tokenBytes = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  tokenBytes[character.charCodeAt(0)] = 1;

/**
 * Decodes the chunked transfer coding (RFC 9112 section 7.1) over any split of the input. Chunk extensions are checked
 * against the grammar without its optional white space, and dropped; a bare CR or LF anywhere is a violation, for that
 * is how the chunk lines of two recipients come apart.
 */
export class ChunkedDecoder {
  violation: Violation | null = null;
  /** The trailer fields that may be sent on; null without any. */
  trailers: Field[] | null = null;
  readonly #cache: FieldCache;
  readonly #limits: Limits;
  #state = SIZE;
  #left = 0;
  #digits = 0;
  #extensionBytes = 0;
  #line = '';
  #trailerBytes = 0;
  #trailerCount = 0;

  constructor(cache: FieldCache, limits: Limits) {
    this.#cache = cache;
    this.#limits = limits;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /**
   * Takes bytes from `offset` on and gives their content to `sink`, moving small pieces together inside `buffer`.
   * Returns the offset after the last byte taken: the end of the buffer, or less where the message or the rules ended.
   */
  read(buffer: Buffer, offset: number, sink: (content: Buffer) => void): number {
    const length = buffer.length;
    let position = offset;
    let gathered = 0;
    let gatheredEnd = 0;
    while (position < length && this.violation === null && this.#state !== DONE) {
      if (this.#state === DATA) {
        const size = Math.min(this.#left, length - position);
        const end = position + size;
        if (gatheredEnd === gathered) {
          gathered = position;
          gatheredEnd = end;
        } else if (size <= gatherLimit) {
          buffer.copyWithin(gatheredEnd, position, end);
          gatheredEnd += size;
        } else {
          sink(buffer.subarray(gathered, gatheredEnd));
          gathered = position;
          gatheredEnd = end;
        }
        position = end;
        this.#left -= size;
        if (this.#left === 0) this.#state = DATA_CR;
      } else if (this.#state === TRAILERS) {
        position = this.#readTrailers(buffer, position);
      } else {
        this.#state = this.#next(buffer[position] as number);
        position += 1;
      }
    }
    if (gatheredEnd > gathered && this.violation === null) sink(buffer.subarray(gathered, gatheredEnd));
    return position;
  }

  /** The state after one byte of a chunk's line or line end. */
  #next(byte: number): number {
    switch (this.#state) {
      case SIZE: {
        const value = hexValues[byte] as number;
        if (value >= 0) {
          this.#digits += 1;
          this.#left = this.#left * 16 + value;
          return this.#digits > maxSizeDigits || !Number.isSafeInteger(this.#left) ? this.#refuse(badSize) : SIZE;
        }
        if (this.#digits === 0) return this.#refuse(badSize);
        if (byte === CR) return SIZE_LF;
        return byte === SEMICOLON ? EXTENSION : this.#refuse(badSize);
      }
      case SIZE_LF:
        if (byte !== LF) return this.#refuse(bareLineEnd);
        this.#digits = 0;
        return this.#left === 0 ? TRAILERS : DATA;
      case DATA_CR:
        return byte === CR ? DATA_LF : this.#refuse(badEnd);
      case DATA_LF:
        return byte === LF ? SIZE : this.#refuse(badEnd);
      default:
        this.#extensionBytes += 1;
        if (this.#extensionBytes > maxExtensionBytes) return this.#refuse(longExtensions);
        return this.#nextInExtension(byte);
    }
  }

  /** `;name`, `;name=token` or `;name="quoted"`, without white space outside the quotes. */
  #nextInExtension(byte: number): number {
    const isToken = tokenBytes[byte] === 1;
    switch (this.#state) {
      case EXTENSION:
        return isToken ? EXTENSION_NAME : this.#refuse(badExtension);
      case EXTENSION_NAME:
        if (isToken) return EXTENSION_NAME;
        return byte === EQUALS ? EXTENSION_VALUE : this.#afterExtension(byte);
      case EXTENSION_VALUE:
        if (byte === QUOTE) return QUOTED_VALUE;
        return isToken ? TOKEN_VALUE : this.#refuse(badExtension);
      case TOKEN_VALUE:
        return isToken ? TOKEN_VALUE : this.#afterExtension(byte);
      case QUOTED_VALUE:
        if (byte === QUOTE) return AFTER_QUOTED;
        if (byte === BACKSLASH) return QUOTED_PAIR;
        return isText(byte) ? QUOTED_VALUE : this.#refuse(badExtension);
      case QUOTED_PAIR:
        return isText(byte) ? QUOTED_VALUE : this.#refuse(badExtension);
      default:
        return this.#afterExtension(byte);
    }
  }

  #afterExtension(byte: number): number {
    if (byte === CR) return SIZE_LF;
    return byte === SEMICOLON ? EXTENSION : this.#refuse(badExtension);
  }

  /** Takes one line of the trailer section, or the part of it that is there. */
  #readTrailers(buffer: Buffer, offset: number): number {
    const lineFeed = buffer.indexOf(LF, offset);
    const end = lineFeed < 0 ? buffer.length : lineFeed + 1;
    this.#trailerBytes += end - offset;
    if (this.#trailerBytes > this.#limits.headSize) {
      this.#refuse(longTrailers);
      return end;
    }
    this.#line += decodeLatin1(buffer, offset, end);
    if (lineFeed < 0) return end;
    const line = this.#line;
    this.#line = '';
    if (line === '\r\n') this.#state = DONE;
    else this.#addTrailer(line);
    return end;
  }

  #addTrailer(line: string): void {
    this.#trailerCount += 1;
    if (this.#trailerCount > this.#limits.headerCount) {
      this.#refuse(longTrailers);
      return;
    }
    const field = line.endsWith('\r\n') ? this.#cache.parse(line.slice(0, -2)) : null;
    if (field === null) {
      this.#refuse(badTrailer);
      return;
    }
    if (!isTrailer(field)) return;
    this.trailers ??= [];
    this.trailers.push(field);
  }

  #refuse(violation: Violation): number {
    this.violation = violation;
    return this.#state;
  }
}

function isText(byte: number): boolean {
  return byte === TAB || (byte >= SPACE && byte !== DELETE);
}

const badSize = new Violation(400, 'chunk', 'a chunk size that is not plain hexadecimal');
const badExtension = new Violation(400, 'chunk', 'a malformed chunk extension');
const longExtensions = new Violation(400, 'chunk', 'chunk extensions are too long');
const bareLineEnd = new Violation(400, 'chunk', 'a CR without LF in a chunk line');
const badEnd = new Violation(400, 'chunk', 'chunk data is not followed by CRLF');
const longTrailers = new Violation(400, 'trailers', 'the trailer section is too long');
const badTrailer = new Violation(400, 'trailers', 'a line in the trailer section that is not a field line');
