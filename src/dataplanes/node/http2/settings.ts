import {
  defaultWindow,
  FLOW_CONTROL_ERROR,
  maxFrameSize,
  maxWindow,
  NO_ERROR,
  PROTOCOL_ERROR,
  SETTINGS_ENABLE_CONNECT_PROTOCOL,
  SETTINGS_ENABLE_PUSH,
  SETTINGS_HEADER_TABLE_SIZE,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_CONCURRENT_STREAMS,
  SETTINGS_MAX_FRAME_SIZE,
} from './frames.ts';

/** What a backend is taken to allow before its SETTINGS frame says so; the least that RFC 9113 section 6.5.2 recommends. */
const assumedConcurrentStreams = 100;
const maxMaxFrameSize = 0xff_ffff;

/** What the peer has said in SETTINGS frames and this side must keep to. SETTINGS_MAX_HEADER_LIST_SIZE is advice and not kept. */
export class PeerSettings {
  /** The peer has sent its first SETTINGS frame. */
  received = false;
  maxConcurrentStreams = assumedConcurrentStreams;
  initialWindow = defaultWindow;
  /** RFC 8441. */
  connectProtocol = false;
  /** Its dynamic table is smaller than the default, so that an encoder must say that it keeps to that. */
  shrunkTable = false;

  /** Takes the payload of a SETTINGS frame; the result is an error code (section 6.5.2). */
  apply(bytes: Buffer, start: number, end: number): number {
    if (!this.received) this.maxConcurrentStreams = maxWindow;
    this.received = true;
    for (let at = start; at < end; at += 6) {
      const value = bytes.readUInt32BE(at + 2);
      switch (bytes.readUInt16BE(at)) {
        case SETTINGS_HEADER_TABLE_SIZE:
          if (value < 4096) this.shrunkTable = true;
          break;
        case SETTINGS_ENABLE_PUSH:
          if (value > 1) return PROTOCOL_ERROR;
          break;
        case SETTINGS_MAX_CONCURRENT_STREAMS:
          this.maxConcurrentStreams = value;
          break;
        case SETTINGS_INITIAL_WINDOW_SIZE:
          if (value > maxWindow) return FLOW_CONTROL_ERROR;
          this.initialWindow = value;
          break;
        case SETTINGS_MAX_FRAME_SIZE:
          if (value < maxFrameSize || value > maxMaxFrameSize) return PROTOCOL_ERROR;
          break;
        case SETTINGS_ENABLE_CONNECT_PROTOCOL:
          // Once offered it may not be taken back (RFC 8441 section 3).
          if (value > 1 || (this.connectProtocol && value === 0)) return PROTOCOL_ERROR;
          this.connectProtocol = value === 1;
          break;
      }
    }
    return NO_ERROR;
  }
}
