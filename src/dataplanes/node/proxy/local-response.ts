import type { PathMatch, Redirect } from '../../../model/route.ts';
import { Field, REGULAR } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import type { ServerStream } from '../http/stream.ts';
import { grpcStatusFields, isGrpc } from './grpc-status.ts';
import { dateField, withDate } from './headers/date.ts';
import { applyEdits, type HeaderEdit } from './headers/edit.ts';
import { locationOf, type RedirectedRequest } from './rewrite.ts';

const plainText = new Field('content-type', 'text/plain; charset=utf-8', REGULAR);

/**
 * A response of the gateway's own; a gRPC client gets an error as a status of its protocol. 421 stays what it is: HTTP/2 has
 * the request sent again on another connection (RFC 9110 section 15.5.20). Returns the bytes of content sent.
 */
export function respondLocally(
  stream: ServerStream,
  status: number,
  text: string,
  extra: readonly Field[],
  edits: readonly HeaderEdit[],
): number {
  if (status >= 400 && status !== 421 && isGrpc(stream.head)) {
    const fields = applyEdits([...grpcStatusFields(status, text), dateField(), ...extra], edits);
    stream.respond({ status: 200, fields, contentLength: -1, upgrade: '' }, true);
    return 0;
  }
  const content = Buffer.from(text, 'utf8');
  const empty = content.length === 0 || hasNoContent(status);
  const own = empty ? [dateField()] : [plainText, dateField()];
  const bare = stream.head.method === 'HEAD' || empty;
  // What has no content by definition must not tell its length (RFC 9110 section 8.6).
  const contentLength = hasNoContent(status) ? -1 : content.length;
  stream.respond({ status, fields: applyEdits([...own, ...extra], edits), contentLength, upgrade: '' }, bare);
  if (bare) return 0;
  stream.write(content);
  stream.end(null);
  return content.length;
}

/** Passes on a response that is there as a whole. Returns the bytes of content sent. */
export function passOn(
  stream: ServerStream,
  head: ResponseHead,
  content: Buffer,
  edits: readonly HeaderEdit[],
): number {
  const isHead = stream.head.method === 'HEAD';
  const bare = isHead || content.length === 0;
  const contentLength = isHead || head.status === 304 ? head.contentLength : content.length;
  stream.respond({ ...head, fields: withDate(applyEdits(head.fields, edits)), contentLength }, bare);
  if (bare) return 0;
  stream.write(content);
  stream.end(null);
  return content.length;
}

/** RFC 9110 section 6.4.1. */
function hasNoContent(status: number): boolean {
  return status === 204 || status === 304;
}

/** The Location field of a redirect. */
export function locationField(redirect: Redirect, match: PathMatch, request: RedirectedRequest): Field {
  return new Field('location', locationOf(redirect, match, request), REGULAR);
}
