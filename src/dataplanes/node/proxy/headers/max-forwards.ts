import { Field } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';

const name = 'max-forwards';
const digits = /^[0-9]{1,9}$/;

/**
 * How many more hops an OPTIONS or TRACE request may take (RFC 9110 section 7.6.2), or null where it does not say. Other
 * methods' Max-Forwards means nothing and passes as it is.
 */
export function remainingHops({ method, fields }: RequestHead): number | null {
  if (method !== 'OPTIONS' && method !== 'TRACE') return null;
  const field = fields.find((each) => each.name === name);
  return field === undefined || !digits.test(field.value) ? null : Number(field.value);
}

/** The fields with one hop less. */
export function withOneHopLess(fields: readonly Field[], hops: number): readonly Field[] {
  return fields.map((field) => (field.name === name ? new Field(name, String(hops - 1), field.kind) : field));
}
