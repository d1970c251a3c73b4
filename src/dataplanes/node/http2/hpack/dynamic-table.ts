import type { HeaderEntry } from './header-entry.ts';

/** Evicted places at the front of the array before it is compacted. */
const slack = 64;

/** The dynamic table of a decoder (RFC 7541 section 2.3.2). */
export class DynamicTable {
  /** Oldest first; those before `#first` are evicted. */
  #entries: (HeaderEntry | null)[] = [];
  #first = 0;
  #size = 0;
  #maxSize: number;
  /** Rises whenever what an index means may have changed. */
  changes = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** The entry at an index that counts from 1, the newest. */
  get(index: number): HeaderEntry | null {
    const position = this.#entries.length - index;
    return position < this.#first ? null : (this.#entries[position] as HeaderEntry);
  }

  /** An entry larger than the table empties it and is not kept (section 4.4). */
  insert(entry: HeaderEntry): void {
    this.changes += 1;
    this.#entries.push(entry);
    this.#size += entry.size;
    this.#evict();
  }

  resize(maxSize: number): void {
    this.changes += 1;
    this.#maxSize = maxSize;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#maxSize) {
      this.#size -= (this.#entries[this.#first] as HeaderEntry).size;
      this.#entries[this.#first] = null;
      this.#first += 1;
    }
    if (this.#first === this.#entries.length) {
      this.#entries = [];
      this.#first = 0;
    } else if (this.#first >= slack) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
