import type { Field } from '../http/field.ts';
import { isTrailer } from '../http/trailers.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { FIELD } from './hpack/header-entry.ts';

/** The trailer fields of a header block that ends a stream, or null where it is malformed (RFC 9113 section 8.1). */
export function readTrailers(block: HeaderBlock, maxCount: number): readonly Field[] | null {
  if (block.tooLarge || block.entries.length > maxCount) return null;
  const fields: Field[] = [];
  for (const entry of block.entries) {
    if (entry.role !== FIELD || entry.field === null) return null;
    if (isTrailer(entry.field)) fields.push(entry.field);
  }
  return fields;
}
