import { CONTENT_LENGTH, EXPECT, type Field, HOP_BY_HOP, HOST, TE } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import { parseContentLength } from './content-length.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { FIELD, STATUS } from './hpack/header-entry.ts';

const statusCode = /^[1-5][0-9][0-9]$/;

/**
 * A response's head from a decoded header block (RFC 9113 section 8.3.2), or the sentence that says why it is none. As
 * strict as with requests: a backend's response becomes HTTP/1.1 for some clients.
 */
export function readResponse(block: HeaderBlock, maxCount: number): ResponseHead | string {
  if (block.tooLarge) return "the backend's header list is too large";
  let status = 0;
  let contentLength = -1;
  let count = 0;
  const fields: Field[] = [];
  for (const entry of block.entries) {
    if (entry.role !== FIELD) {
      if (entry.role !== STATUS || status !== 0 || count > 0)
        return 'the backend sent a field that HTTP/2 does not allow';
      if (!statusCode.test(entry.value)) return "the backend's status is not one";
      status = Number(entry.value);
      continue;
    }
    count += 1;
    const field = entry.field as Field;
    switch (field.kind) {
      case CONTENT_LENGTH:
        if (contentLength >= 0) return 'the backend sent more than one content-length';
        contentLength = parseContentLength(field.value);
        if (contentLength < 0) return "the backend's content-length is not a plain decimal number";
        continue;
      case EXPECT:
      case HOP_BY_HOP:
      case HOST:
      case TE:
        continue;
      default:
        fields.push(field);
    }
  }
  if (status === 0) return 'the backend sent no status';
  // Section 8.6: HTTP/2 has no switching of protocols.
  if (status === 101) return 'the backend sent 101 over HTTP/2';
  if (fields.length > maxCount) return 'the backend sent too many header fields';
  return { status, fields, contentLength, upgrade: '' };
}
