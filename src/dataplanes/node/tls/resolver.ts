import { type LookupAddress, lookup } from 'node:dns';

/** The addresses of a name, in the order in which to try them, or the error's code. */
export type Resolution =
  | { readonly type: 'addresses'; readonly addresses: readonly string[] }
  | { readonly type: 'failed'; readonly code: string }
  /** It has addresses, and none that may be connected to: the first of them. */
  | { readonly type: 'refused'; readonly address: string };

export interface ResolverOptions {
  readonly lookup?: Lookup;
  readonly now?: () => number;
  /** Names that are remembered. */
  readonly capacity?: number;
  /** Addresses that must not be connected to; none, unless said otherwise. */
  readonly refuses?: (address: string) => boolean;
}

/** Asks for a name; takes the place of `dns.lookup` in tests. */
export type Lookup = (
  name: string,
  options: { readonly all: true; readonly order: 'verbatim' },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

interface Entry {
  resolution: Resolution | null;
  /** Milliseconds since 1970. */
  fresh: number;
  usable: number;
  waiting: ((resolution: Resolution) => void)[] | null;
}

/** How long answers are used, in milliseconds. The system's resolver does not tell their times to live. */
const freshFor = 5_000;
const failureFreshFor = 1_000;
/** While a name cannot be resolved any more, its last addresses serve on. */
const usableFor = 300_000;

/**
 * Resolves names of backends by the system's resolver, /etc/hosts and search domains included. Answers are kept a few
 * seconds; one query per name is under way at a time; a resolver that fails does not take a backend away that it named
 * before. Bounded in names.
 */
export class Resolver {
  readonly #lookup: Lookup;
  readonly #now: () => number;
  readonly #capacity: number;
  readonly #refuses: (address: string) => boolean;
  readonly #entries = new Map<string, Entry>();

  constructor({ lookup: ask = lookup, now = Date.now, capacity = 4_096, refuses = () => false }: ResolverOptions = {}) {
    this.#lookup = ask;
    this.#now = now;
    this.#capacity = capacity;
    this.#refuses = refuses;
  }

  /** Whether an address must not be connected to. */
  refuses(address: string): boolean {
    return this.#refuses(address);
  }

  /** `done` may be called before this returns. */
  resolve(name: string, done: (resolution: Resolution) => void): void {
    const entry = this.#entry(name);
    if (entry.resolution !== null && this.#now() < entry.fresh) {
      done(entry.resolution);
      return;
    }
    if (entry.waiting !== null) {
      entry.waiting.push(done);
      return;
    }
    entry.waiting = [done];
    this.#lookup(name, { all: true, order: 'verbatim' }, (error, addresses) => this.#answered(entry, error, addresses));
  }

  #answered(entry: Entry, error: NodeJS.ErrnoException | null, found: LookupAddress[]): void {
    const now = this.#now();
    if (error === null && found.length > 0) {
      const permitted = found.filter(({ address }) => !this.#refuses(address));
      entry.resolution =
        permitted.length > 0
          ? { type: 'addresses', addresses: interleave(permitted) }
          : { type: 'refused', address: found[0]?.address ?? '' };
      entry.fresh = now + freshFor;
      entry.usable = now + usableFor;
    } else {
      const keepsAddresses = entry.resolution?.type === 'addresses' && now < entry.usable;
      if (!keepsAddresses) entry.resolution = { type: 'failed', code: error?.code ?? 'ENODATA' };
      entry.fresh = now + failureFreshFor;
    }
    const waiting = entry.waiting ?? [];
    entry.waiting = null;
    const resolution = entry.resolution ?? { type: 'failed', code: 'ENODATA' };
    for (const done of waiting) done(resolution);
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    if (this.#entries.size >= this.#capacity) this.#evict();
    entry = { resolution: null, fresh: 0, usable: 0, waiting: null };
    this.#entries.set(name, entry);
    return entry;
  }

  #evict(): void {
    for (const [name, entry] of this.#entries) {
      if (entry.waiting === null) this.#entries.delete(name);
      if (this.#entries.size < this.#capacity) return;
    }
  }
}

/** Addresses of both families in turns, the resolver's first choice first (RFC 8305 section 4). */
function interleave(found: readonly LookupAddress[]): string[] {
  const first = found[0]?.family;
  const preferred = found.filter((each) => each.family === first);
  const others = found.filter((each) => each.family !== first);
  const addresses: string[] = [];
  for (let index = 0; index < Math.max(preferred.length, others.length); index += 1) {
    for (const each of [preferred[index], others[index]]) if (each !== undefined) addresses.push(each.address);
  }
  return addresses;
}
