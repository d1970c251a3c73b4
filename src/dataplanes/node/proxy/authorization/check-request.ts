import { isUtf8 } from 'node:buffer';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Subject } from './conversation.ts';

/*
 * The messages of envoy.service.auth.v3 that a question consists of, as far as they say something here. Their fields are
 * few and their numbers never change, so they are written as they are.
 */

/**
 * An `envoy.service.auth.v3.CheckRequest` about a request.
 *
 * @param sent lower-case names of the fields that are sent along; null for all
 * @param content what is sent along of the request's, or null
 */
export function checkRequest(
  { head, client, protocol, requestId }: Subject,
  sent: ReadonlySet<string> | null,
  content: Buffer | null,
): Uint8Array {
  const writer = new BinaryWriter();
  message(writer, 1, () => {
    message(writer, 1, () => peer(writer, client.remoteAddress, client.remotePort));
    message(writer, 4, () => {
      message(writer, 2, () => {
        text(writer, 1, requestId);
        text(writer, 2, head.method);
        for (const [name, value] of headersOf(head.fields, sent)) {
          message(writer, 3, () => {
            text(writer, 1, name);
            text(writer, 2, value);
          });
        }
        text(writer, 4, head.target);
        text(writer, 5, head.authority);
        text(writer, 6, client.tls === null ? 'http' : 'https');
        writer.tag(9, WireType.Varint).int64(content?.length ?? head.contentLength);
        text(writer, 10, protocol);
        if (content !== null && content.length > 0) {
          // Envoy is set to fill one or the other. Services read what theirs is set to: they must not find nothing.
          text(writer, 11, textOf(content));
          writer.tag(12, WireType.LengthDelimited).bytes(content);
        }
      });
    });
    if (client.tls !== null) message(writer, 12, () => text(writer, 1, client.tls?.serverName ?? ''));
  });
  return writer.finish();
}

/** Fields of one name are one (RFC 9110 section 5.3). */
function headersOf(fields: Subject['head']['fields'], sent: ReadonlySet<string> | null): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const { name, value } of fields) {
    if (sent !== null && !sent.has(name)) continue;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`);
  }
  return headers;
}

/** A string of protobuf is UTF-8: what is not stands as `!`, as with Envoy. */
function textOf(content: Buffer): string {
  const decoded = content.toString('utf8');
  return isUtf8(content) ? decoded : decoded.replaceAll('\uFFFD', '!');
}

/** AttributeContext.Peer with the address of a socket. */
function peer(writer: BinaryWriter, address: string, port: number): void {
  message(writer, 1, () => {
    message(writer, 1, () => {
      text(writer, 2, address);
      writer.tag(3, WireType.Varint).uint32(port);
    });
  });
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

/** An empty text is as good as none. */
function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value);
}
