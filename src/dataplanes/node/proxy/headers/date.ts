import { Field, REGULAR } from '../../http/field.ts';

let second = 0;
let current = new Field('date', '', REGULAR);

/** The Date field (RFC 9110 section 6.6.1), made once a second. */
export function dateField(): Field {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    current = new Field('date', new Date(now * 1000).toUTCString(), REGULAR);
  }
  return current;
}

/** A response that is forwarded without Date gets one (RFC 9110 section 6.6.1); the same array where it has one. */
export function withDate(fields: readonly Field[]): readonly Field[] {
  for (const field of fields) if (field.name === 'date') return fields;
  return [...fields, dateField()];
}
