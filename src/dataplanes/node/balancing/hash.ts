/*
 * Hashes that say the same in every worker and every replica. They spread; they hide nothing: a client that may choose its
 * key may choose its endpoint.
 */

/** FNV-1a of text whose characters are bytes, made even by MurmurHash3's finalizer. 32 bits, unsigned. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return spread(hash);
}

/** One hash of two, in which their order counts. */
export function combine(left: number, right: number): number {
  return spread(Math.imul(left, 0x9e3779b1) + right);
}

function spread(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
