import { Field, REGULAR } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';

const contentType = new Field('content-type', 'application/grpc', REGULAR);

/** `application/grpc`, alone or with a suffix (gRPC over HTTP/2, "Requests"); gRPC-Web is something else. */
const grpcType = /^application\/grpc(?:\+[^;]*)?[ \t]*(?:;|$)/i;

export function isGrpc({ fields }: RequestHead): boolean {
  for (const { name, value } of fields) if (name === 'content-type') return grpcType.test(value);
  return false;
}

/** The gRPC status of an HTTP status (grpc/doc/http-grpc-status-mapping.md). */
export function grpcStatus(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** A Trailers-Only response (gRPC over HTTP/2, "Responses"): the status is in the head, and nothing follows. */
export function grpcStatusFields(status: number, text: string): readonly Field[] {
  const own = [contentType, new Field('grpc-status', String(grpcStatus(status)), REGULAR)];
  const message = encodeMessage(text.trim());
  return message === '' ? own : [...own, new Field('grpc-message', message, REGULAR)];
}

/** Percent-Encoded of gRPC over HTTP/2: all but printable ASCII, and the percent sign itself. */
export function encodeMessage(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (part) =>
    [...Buffer.from(part, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
