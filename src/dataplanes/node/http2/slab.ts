/**
 * Memory that output is staged in. A slab is lent to one connection at a time, from its first write in a turn of the
 * event loop until the flush at the turn's end; what is left of it goes to the next one. So idle connections hold
 * none, and one system call and few TLS records carry all that a turn wrote.
 */
export interface Slab {
  readonly bytes: Buffer;
  /** Bytes before it have been handed on and are never written again. */
  position: number;
}

const slabSize = 65_536;
/** A rest smaller than this is left to the garbage collector. */
const smallestRest = 8_192;
const maxSpare = 16;

const spare: Slab[] = [];

export function borrowSlab(): Slab {
  return spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(slabSize), position: 0 };
}

export function returnSlab(slab: Slab): void {
  if (slab.bytes.length - slab.position >= smallestRest && spare.length < maxSpare) spare.push(slab);
}
