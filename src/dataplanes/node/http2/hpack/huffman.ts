/**
 * The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: within one length codes rise with the octet, and a
 * longer code starts where the shorter ones end. So the lengths are the whole table.
 */

const endOfString = 256;

/** Bits of the codes of octets 0 to 255 and of EOS. */
// biome-ignore format: sixteen octets a row, as they are looked up
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

const codeLengths = Uint8Array.from(lengths);
const codes = canonicalCodes();

function canonicalCodes(): Uint32Array {
  const order = [...codeLengths.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const result = new Uint32Array(codeLengths.length);
  let code = 0;
  let length = 0;
  for (const symbol of order) {
    code <<= lengthOf(symbol) - length;
    length = lengthOf(symbol);
    result[symbol] = code;
    code += 1;
  }
  return result;
}

function lengthOf(symbol: number): number {
  return codeLengths[symbol] as number;
}

/** A leaf has a symbol, every other node two children. */
interface Node {
  id: number;
  symbol: number;
  readonly children: [Node | null, Node | null];
}

function newNode(): Node {
  return { id: -1, symbol: -1, children: [null, null] };
}

/*
 * The decoder reads four bits at a time. `transitions[state * 16 + bits]` is the next state in the low eight bits, the
 * octet that those bits completed above it, and `emits` when there is one; no code is shorter than five bits, so at most
 * one octet completes. A state is an inner node of the code's tree, of which a tree with 257 leaves has 256.
 */
const emits = 1 << 16;
const invalid = -1;
const transitions = new Int32Array(256 * 16);
/** States in which a string may end: fewer than eight bits since the last octet, all of them ones (section 5.2). */
const mayEnd = new Uint8Array(256);

buildDecoder();

function buildDecoder(): void {
  const root = newNode();
  const inner: Node[] = [root];
  root.id = 0;
  for (let symbol = 0; symbol <= endOfString; symbol += 1) {
    let node = root;
    for (let bit = lengthOf(symbol) - 1; bit >= 0; bit -= 1) {
      const side = ((codes[symbol] as number) >>> bit) & 1;
      let child = node.children[side] ?? null;
      if (child === null) {
        child = newNode();
        node.children[side] = child;
        if (bit > 0) {
          child.id = inner.length;
          inner.push(child);
        }
      }
      node = child;
    }
    node.symbol = symbol;
  }
  for (const node of inner) {
    for (let bits = 0; bits < 16; bits += 1) transitions[node.id * 16 + bits] = transition(root, node, bits);
  }
  let node: Node | null = root;
  for (let ones = 0; ones < 8 && node !== null; ones += 1) {
    mayEnd[node.id] = 1;
    node = node.children[1];
  }
}

function transition(root: Node, from: Node, bits: number): number {
  let node = from;
  let output = 0;
  for (let bit = 3; bit >= 0; bit -= 1) {
    node = node.children[(bits >> bit) & 1] as Node;
    // A string that contains EOS is a decoding error (section 5.2).
    if (node.symbol === endOfString) return invalid;
    if (node.symbol >= 0) {
      output = emits | (node.symbol << 8);
      node = root;
    }
  }
  return node.id | output;
}

let scratch: Buffer = Buffer.allocUnsafeSlow(8192);

/** The shortest code has five bits. */
function reserveScratch(bytes: number): void {
  if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(bytes);
}

/** The string that bytes `start` to `end` encode, one character a byte, or null where they are not valid. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | null {
  reserveScratch((((end - start) * 8) / 5 + 1) | 0);
  const output = scratch;
  let length = 0;
  let state = 0;
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] as number;
    const high = transitions[(state << 4) | (byte >> 4)] as number;
    if (high < 0) return null;
    if ((high & emits) !== 0) output[length++] = high >> 8;
    const low = transitions[((high & 0xff) << 4) | (byte & 15)] as number;
    if (low < 0) return null;
    if ((low & emits) !== 0) output[length++] = low >> 8;
    state = low & 0xff;
  }
  return mayEnd[state] === 1 ? output.toString('latin1', 0, length) : null;
}

/** Bytes that `encodeHuffman` would need. */
export function huffmanSize(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) bits += codeLengths[text.charCodeAt(index)] as number;
  return (bits + 7) >> 3;
}

/** The encoded form of a string of one character a byte, itself one character a byte. */
export function encodeHuffman(text: string): string {
  const size = huffmanSize(text);
  reserveScratch(size);
  let position = 0;
  let accumulated = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const octet = text.charCodeAt(index);
    const length = codeLengths[octet] as number;
    const code = codes[octet] as number;
    // In two steps: up to seven bits are left over, and thirty more would not fit into 32.
    for (let left = length; left > 0; ) {
      const take = Math.min(left, 16);
      accumulated = (accumulated << take) | ((code >>> (left - take)) & ((1 << take) - 1));
      bits += take;
      left -= take;
      while (bits >= 8) {
        bits -= 8;
        scratch[position++] = accumulated >>> bits;
      }
      accumulated &= (1 << bits) - 1;
    }
  }
  if (bits > 0) scratch[position++] = (accumulated << (8 - bits)) | (0xff >> bits);
  return scratch.toString('latin1', 0, position);
}
