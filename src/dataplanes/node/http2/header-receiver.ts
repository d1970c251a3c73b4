import type { Connection } from './connection.ts';
import {
  COMPRESSION_ERROR,
  END_HEADERS,
  END_STREAM,
  ENHANCE_YOUR_CALM,
  maxStreamId,
  PADDED,
  PRIORITY_FIELDS,
  PROTOCOL_ERROR,
} from './frames.ts';
import { HeaderAssembly } from './header-assembly.ts';
import { HpackDecoder } from './hpack/decoder.ts';

/** From HEADERS and CONTINUATION frames to decoded header blocks (RFC 9113 sections 4.3, 6.2 and 6.10). */
export class HeaderReceiver {
  readonly #connection: Connection;
  readonly #decoder: HpackDecoder;
  /** A block whose CONTINUATION is awaited. */
  #assembly: HeaderAssembly | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#decoder = new HpackDecoder(connection.limits.headSize);
  }

  /** The stream whose CONTINUATION must be the next frame, or 0. */
  get awaited(): number {
    return this.#assembly === null ? 0 : this.#assembly.streamId;
  }

  receiveHeaders(flags: number, streamId: number, bytes: Buffer, frameStart: number, frameEnd: number): void {
    let start = frameStart;
    let end = frameEnd;
    if ((flags & PADDED) !== 0) {
      end -= start < end ? (bytes[start] as number) : 0;
      start += 1;
    }
    if ((flags & PRIORITY_FIELDS) !== 0) {
      if (end - start >= 5 && (bytes.readUInt32BE(start) & maxStreamId) === streamId) {
        this.#connection.fail(PROTOCOL_ERROR, selfDependency);
        return;
      }
      start += 5;
    }
    if (start > end) {
      this.#connection.onInvalidPadding();
      return;
    }
    const endStream = (flags & END_STREAM) !== 0;
    if ((flags & END_HEADERS) !== 0) this.#decode(streamId, bytes, start, end, endStream);
    else {
      this.#assembly = new HeaderAssembly(streamId, endStream);
      this.#assembly.add(bytes, start, end);
    }
  }

  receiveContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const assembly = this.#assembly as HeaderAssembly;
    if (!assembly.add(bytes, start, end)) this.#connection.fail(ENHANCE_YOUR_CALM, 'too many CONTINUATION frames');
    else if ((flags & END_HEADERS) !== 0) {
      this.#assembly = null;
      const block = assembly.join();
      this.#decode(assembly.streamId, block, 0, block.length, assembly.endStream);
    }
  }

  #decode(streamId: number, bytes: Buffer, start: number, end: number, endStream: boolean): void {
    const block = this.#decoder.decode(bytes, start, end);
    if (block === null) this.#connection.fail(COMPRESSION_ERROR, 'a header block that does not decode');
    else this.#connection.onHeaders(streamId, block, endStream);
  }
}

/** RFC 7540 section 5.3.1; priorities are read for their errors only (RFC 9113 section 5.3.2). */
export const selfDependency = 'a stream that depends on itself';
