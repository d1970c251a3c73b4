import { connectionPreface, frameHeaderSize } from '../../src/dataplanes/node/http2/frames.ts';
import { HpackDecoder } from '../../src/dataplanes/node/http2/hpack/decoder.ts';
import { encodeLiteral } from '../../src/dataplanes/node/http2/hpack/encoder.ts';

/** A frame as it is on the wire. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, streamId: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const header = Buffer.alloc(frameHeaderSize);
  header.writeUIntBE(body.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, body]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

export function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

/** Preface and an empty SETTINGS frame. */
export const clientStart = Buffer.concat([Buffer.from(connectionPreface, 'latin1'), frame(4, 0, 0)]);

export type Pairs = readonly (readonly [name: string, value: string])[];

export function block(pairs: Pairs): string {
  return pairs.map(([name, value]) => encodeLiteral(name, value, false)).join('');
}

export const getRequest: Pairs = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'example.com'],
];

export const postRequest: Pairs = [[':method', 'POST'], ...getRequest.slice(1)];

/** HEADERS with END_HEADERS. */
export function headers(streamId: number, pairs: Pairs, endStream: boolean): Buffer {
  return frame(1, endStream ? 5 : 4, streamId, block(pairs));
}

/** Cuts bytes into whole frames. */
export function parseFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + frameHeaderSize <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return frames;
}

const names = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];

/** Frames as short texts, with header blocks decoded, for comparing. */
export function describeFrames(frames: readonly Frame[]): string[] {
  const decoder = new HpackDecoder(1_000_000);
  return frames.map(({ type, flags, streamId, payload }) => {
    const end = (type === 0 || type === 1) && (flags & 1) !== 0 ? ' END_STREAM' : '';
    const head = `${names[type] ?? type} ${streamId}${end}`;
    switch (type) {
      case 1: {
        const entries = decoder.decode(payload, 0, payload.length)?.entries ?? [];
        return `${head} ${entries.map((entry) => `${entry.name}: ${entry.value}`).join(', ')}`;
      }
      case 3:
        return `${head} ${payload.readUInt32BE(0)}`;
      case 7:
        return `${head} last ${payload.readUInt32BE(0)} code ${payload.readUInt32BE(4)}`;
      case 8:
        return `${head} ${payload.readUInt32BE(0)}`;
      case 0:
        return `${head} ${payload.length}`;
      default:
        return (flags & 1) !== 0 ? `${head} ACK` : head;
    }
  });
}
