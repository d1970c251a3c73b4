import { DynamicTable } from './dynamic-table.ts';
import { HeaderBlock } from './header-block.ts';
import { HeaderEntry } from './header-entry.ts';
import { decodeHuffman } from './huffman.ts';
import { staticTable, staticTableSize } from './static-table.ts';

/** SETTINGS_HEADER_TABLE_SIZE that this decoder offers: the default, so it is never sent. */
const tableSize = 4096;
/** Larger integers mean nothing that fits into a frame. */
const maxIntegerShift = 21;
/** Remembered blocks of a connection, and the longest one that is. Together a few KiB. */
const maxKnownBlocks = 8;
const maxKnownBlockLength = 512;
/** After so many blocks in a row that had not been seen before, the next ones are not looked up. */
const missesBeforePause = 16;
const pauseLength = 256;

const staticEntries: readonly HeaderEntry[] = staticTable.map(([name, value]) => new HeaderEntry(name, value));

/**
 * HPACK decoder of one connection (RFC 7541).
 *
 * Work is bounded by the block's length: an entry costs the same however large the table entry that it names, and what
 * is kept of a block ends at the limit for header lists, so a small block cannot grow into a large one.
 */
export class HpackDecoder {
  readonly #maxListSize: number;
  readonly #table = new DynamicTable(tableSize);
  readonly #known = new Map<string, HeaderBlock>();
  #misses = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;

  /** @param maxListSize bytes of a decoded header list (RFC 9113 section 6.5.2) */
  constructor(maxListSize: number) {
    this.#maxListSize = maxListSize;
  }

  /** The header block in bytes `start` to `end`, or null where it is no valid block: a connection error (section 4.3 of RFC 9113). */
  decode(bytes: Buffer, start: number, end: number): HeaderBlock | null {
    let key: string | null = null;
    if (end - start <= maxKnownBlockLength && this.#looksUp()) {
      key = bytes.toString('latin1', start, end);
      const known = this.#known.get(key);
      if (known !== undefined) {
        this.#misses = 0;
        return known;
      }
      this.#misses += 1;
    }
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    const changes = this.#table.changes;
    const block = this.#decodeBlock();
    // Not to keep what was received alive.
    this.#bytes = nothing;
    if (this.#table.changes !== changes) this.#known.clear();
    else if (key !== null && block !== null) this.#remember(key, block);
    return block;
  }

  /** Clients that never repeat themselves should not pay for it. */
  #looksUp(): boolean {
    if (this.#misses < missesBeforePause) return true;
    this.#misses += 1;
    if (this.#misses > missesBeforePause + pauseLength) this.#misses = 0;
    return false;
  }

  #remember(key: string, block: HeaderBlock): void {
    if (this.#known.size >= maxKnownBlocks) this.#known.clear();
    this.#known.set(key, block);
  }

  #decodeBlock(): HeaderBlock | null {
    const block = new HeaderBlock();
    const bytes = this.#bytes;
    let updatesAllowed = true;
    while (this.#position < this.#end) {
      const first = bytes[this.#position] as number;
      let entry: HeaderEntry | null;
      if (first >= 0x80) entry = this.#entryAt(this.#readInteger(7));
      else if (first >= 0x40) {
        entry = this.#readLiteral(6);
        if (entry !== null) this.#table.insert(entry);
      } else if (first < 0x20) entry = this.#readLiteral(4);
      else {
        // Section 4.2: changes of the table's size come first in a block, and stay below what was offered.
        const size = this.#readInteger(5);
        if (!updatesAllowed || size < 0 || size > tableSize) return null;
        this.#table.resize(size);
        continue;
      }
      if (entry === null) return null;
      updatesAllowed = false;
      block.size += entry.name.length + entry.value.length + 32;
      if (block.size > this.#maxListSize) block.tooLarge = true;
      else block.entries.push(entry);
    }
    return block;
  }

  #readLiteral(prefix: number): HeaderEntry | null {
    const index = this.#readInteger(prefix);
    if (index < 0) return null;
    let known: HeaderEntry | null = null;
    let name: string | null;
    if (index === 0) name = this.#readString();
    else {
      known = this.#entryAt(index);
      name = known === null ? null : known.name;
    }
    if (name === null) return null;
    const value = this.#readString();
    return value === null ? null : new HeaderEntry(name, value, known);
  }

  #entryAt(index: number): HeaderEntry | null {
    if (index <= 0) return null;
    if (index <= staticTableSize) return staticEntries[index - 1] as HeaderEntry;
    return this.#table.get(index - staticTableSize);
  }

  /** Section 5.1; -1 where it does not end or is larger than anything sensible. */
  #readInteger(prefix: number): number {
    const bytes = this.#bytes;
    const mask = (1 << prefix) - 1;
    let value = (bytes[this.#position++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; this.#position < this.#end && shift <= maxIntegerShift; shift += 7) {
      const byte = bytes[this.#position++] as number;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }

  /** Section 5.2. */
  #readString(): string | null {
    if (this.#position >= this.#end) return null;
    const huffman = (this.#bytes[this.#position] as number) >= 0x80;
    const length = this.#readInteger(7);
    const start = this.#position;
    const end = start + length;
    if (length < 0 || end > this.#end) return null;
    this.#position = end;
    return huffman ? decodeHuffman(this.#bytes, start, end) : this.#bytes.toString('latin1', start, end);
  }
}

const nothing: Buffer = Buffer.alloc(0);
