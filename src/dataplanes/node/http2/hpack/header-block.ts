import type { RequestReading } from '../request.ts';
import type { HeaderEntry } from './header-entry.ts';

/**
 * One decoded header block. Immutable once decoded, but for what is remembered of it: identical blocks of a connection
 * are one object, so that a repeated request is decoded and judged once.
 */
export class HeaderBlock {
  readonly entries: HeaderEntry[] = [];
  /** The header list's size (RFC 9113 section 6.5.2). */
  size = 0;
  /** The list is longer than allowed; `entries` ends where it became so. */
  tooLarge = false;
  /** What `readRequest` made of it. */
  request: RequestReading | null = null;
}
