/*
 * The little of DER (ITU-T X.690) that reading a certificate's names takes. Node shows subjectAltNames as one string,
 * whose quoting a verifier should not depend on.
 */

/** One element: its tag octet and its content. */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

export const SEQUENCE = 0x30;
export const OBJECT_IDENTIFIER = 0x06;
export const OCTET_STRING = 0x04;

/** The elements that stand one after the other in `bytes`, or null where that is not DER. */
export function readElements(bytes: Buffer): DerElement[] | null {
  const elements: DerElement[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const tag = bytes[offset] as number;
    // No certificate has a tag of several octets.
    if ((tag & 0x1f) === 0x1f) return null;
    const size = readLength(bytes, offset + 1);
    if (size === null || size.end + size.length > bytes.length) return null;
    elements.push({ tag, content: bytes.subarray(size.end, size.end + size.length) });
    offset = size.end + size.length;
  }
  return elements;
}

function readLength(bytes: Buffer, offset: number): { length: number; end: number } | null {
  const first = bytes[offset];
  if (first === undefined) return null;
  if (first < 0x80) return { length: first, end: offset + 1 };
  const octets = first & 0x7f;
  if (octets === 0 || octets > 3 || offset + 1 + octets > bytes.length) return null;
  return { length: bytes.readUIntBE(offset + 1, octets), end: offset + 1 + octets };
}
