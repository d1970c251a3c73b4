import {
  ACK,
  DATA,
  FRAME_SIZE_ERROR,
  GOAWAY,
  HEADERS,
  PING,
  PRIORITY,
  PROTOCOL_ERROR,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frames.ts';

/** A rule that the peer broke, so that the connection or one stream has to end. */
export interface Violation {
  /** An error code of RFC 9113 section 7. */
  readonly code: number;
  /** One sentence for the log. Never repeats what was sent. */
  readonly message: string;
}

interface FrameRule {
  /** Whether frames of this type belong to a stream, to the connection, or to either. */
  readonly on: 'stream' | 'connection' | 'either';
  readonly minLength: number;
  readonly maxLength: number;
}

const any = Number.MAX_SAFE_INTEGER;

/** RFC 9113 section 6, by type. */
const rules: ReadonlyMap<number, FrameRule> = new Map([
  [DATA, { on: 'stream', minLength: 0, maxLength: any }],
  [HEADERS, { on: 'stream', minLength: 0, maxLength: any }],
  [PRIORITY, { on: 'stream', minLength: 5, maxLength: 5 }],
  [RST_STREAM, { on: 'stream', minLength: 4, maxLength: 4 }],
  [SETTINGS, { on: 'connection', minLength: 0, maxLength: any }],
  [PING, { on: 'connection', minLength: 8, maxLength: 8 }],
  [GOAWAY, { on: 'connection', minLength: 8, maxLength: any }],
  [WINDOW_UPDATE, { on: 'either', minLength: 4, maxLength: 4 }],
]);

const wrongSize: Violation = { code: FRAME_SIZE_ERROR, message: 'a frame of a length that its type cannot have' };
const onConnection: Violation = { code: PROTOCOL_ERROR, message: 'a frame on stream 0 that belongs to a stream' };
const onStream: Violation = { code: PROTOCOL_ERROR, message: 'a frame on a stream that belongs to the connection' };
const push: Violation = { code: PROTOCOL_ERROR, message: 'PUSH_PROMISE, which was not allowed' };

/** What is wrong with a frame whatever the connection's state is, or null. */
export function checkFrame(type: number, flags: number, streamId: number, length: number): Violation | null {
  const rule = rules.get(type);
  if (rule === undefined) return type === PUSH_PROMISE ? push : null;
  if (streamId === 0 && rule.on === 'stream') return onConnection;
  if (streamId !== 0 && rule.on === 'connection') return onStream;
  if (length < rule.minLength || length > rule.maxLength) return wrongSize;
  if (type === SETTINGS && ((flags & ACK) !== 0 ? length > 0 : length % 6 !== 0)) return wrongSize;
  return null;
}
