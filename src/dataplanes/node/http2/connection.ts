import type { Field } from '../http/field.ts';
import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Transport, TransportHandler } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import { bounds } from './bounds.ts';
import { Budget } from './budget.ts';
import { ContentReceiver } from './content-receiver.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { checkFrame, type Violation } from './frame-rules.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  ACK,
  CONTINUATION,
  defaultWindow,
  ENHANCE_YOUR_CALM,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  GOAWAY,
  HEADERS,
  maxStreamId,
  NO_ERROR,
  PING,
  PRIORITY,
  PROTOCOL_ERROR,
  RST_STREAM,
  SETTINGS,
  STREAM_CLOSED,
  WINDOW_UPDATE,
} from './frames.ts';
import { HeaderReceiver, selfDependency } from './header-receiver.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { PeerTimeouts } from './peer-timeouts.ts';
import { RecentResets } from './recent-resets.ts';
import { Sender } from './sender.ts';
import { PeerSettings } from './settings.ts';
import type { Stream } from './stream.ts';

/** What both ends of a connection have in common: frames, windows, settings, and the bounds on all of it (RFC 9113). */
export abstract class Connection implements TransportHandler, FrameSink {
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  readonly streams = new Map<number, Stream>();
  readonly writer: FrameWriter;
  readonly sender: Sender;
  readonly receiver: ContentReceiver;
  readonly peer = new PeerSettings();
  /** False after a connection error and after the close: what still arrives is dropped. */
  reading = true;

  readonly #transport: Transport;
  readonly #reader: FrameReader;
  readonly #headers: HeaderReceiver;
  readonly #control = new Budget(bounds.control);
  readonly #resets = new Budget(bounds.resets);
  readonly #recentResets = new RecentResets();
  #tableUpdateOwed = false;
  readonly #timeouts: PeerTimeouts;
  #gone = false;

  constructor(transport: Transport, limits: Limits, wheel: DeadlineWheel) {
    this.limits = limits;
    this.wheel = wheel;
    this.#transport = transport;
    this.#timeouts = new PeerTimeouts(wheel, limits, {
      unsent: () => this.writer.unsent,
      onSlowHead: () => this.fail(NO_ERROR, 'a head that did not arrive in time'),
      onSlowReader: () => this.abandon(notRead),
      onSlowClose: () => transport.destroy(),
    });
    this.writer = new FrameWriter(transport, this.#timeouts);
    this.sender = new Sender(this.writer);
    this.receiver = new ContentReceiver(this);
    this.#reader = new FrameReader(this, this.receiver);
    this.#headers = new HeaderReceiver(this);
  }

  /** HEADERS of a stream, decoded whatever becomes of it, since the compression context is the connection's. */
  abstract onHeaders(streamId: number, block: HeaderBlock, endStream: boolean): void;
  /** The peer's RST_STREAM. */
  protected abstract onStreamReset(stream: Stream, code: number): void;
  /** The peer broke a rule on a stream, which is reset after this. */
  protected abstract onStreamViolation(stream: Stream, violation: Violation): void;
  /** A stream has left `streams`. */
  protected abstract onStreamGone(): void;
  /** No frame may name this stream yet. */
  protected abstract isIdle(streamId: number): boolean;
  protected abstract onGoAway(lastStreamId: number, code: number): void;
  protected abstract onSettings(): void;
  protected abstract onPingAck(): void;
  /** The connection ends for this reason, and all streams with it. The transport's close comes later. */
  protected abstract onFailed(violation: Violation): void;
  /** The transport has closed, or the peer will send no more. */
  protected abstract onGone(error: Error | null): void;
  /** For GOAWAY: the highest stream of the peer that was acted on. */
  protected abstract get lastPeerStream(): number;

  /* Frames. */

  onData(chunk: Buffer): void {
    this.readFrames(chunk, 0);
  }

  /** Takes the bytes of a chunk from a position on. */
  protected readFrames(chunk: Buffer, position: number): void {
    if (!this.reading) return;
    this.#reader.push(chunk, position);
    if (!this.reading) return;
    this.sender.pump();
    if (this.writer.unsent > bounds.unsent) {
      this.abandon(notRead);
      return;
    }
    const between = !this.#reader.midFrame && this.#headers.awaited === 0 && this.peer.received;
    if (between) this.#timeouts.awaitNothing();
    else this.#timeouts.awaitFrame(this.#reader.frames);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (!this.isAllowed(type, flags, streamId, end - start)) return;
    switch (type) {
      case HEADERS:
        this.#headers.receiveHeaders(flags, streamId, bytes, start, end);
        break;
      case CONTINUATION:
        this.#headers.receiveContinuation(flags, bytes, start, end);
        break;
      case WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, bytes.readUInt32BE(start) & maxStreamId);
        break;
      case RST_STREAM:
        this.#onResetFrame(streamId, bytes.readUInt32BE(start));
        break;
      case SETTINGS:
        if ((flags & ACK) === 0) this.#onSettingsFrame(bytes, start, end);
        break;
      case PING:
        if (!this.spendControl('PING frames')) return;
        if ((flags & ACK) !== 0) this.onPingAck();
        else this.writer.ping(true, bytes, start);
        break;
      case GOAWAY:
        this.onGoAway(bytes.readUInt32BE(start) & maxStreamId, bytes.readUInt32BE(start + 4));
        break;
      case PRIORITY:
        // Read for its errors only (section 5.3.2).
        if ((bytes.readUInt32BE(start) & maxStreamId) === streamId) this.fail(PROTOCOL_ERROR, selfDependency);
        else this.spendControl('PRIORITY frames');
        break;
      default:
        // Unknown types are ignored (section 5.5), but not without end.
        this.spendControl('frames of unknown types');
    }
  }

  /** Whether the frame may come now (sections 3.4 and 6.10) and has a form that its type can have. */
  isAllowed(type: number, flags: number, streamId: number, length: number): boolean {
    const violation = checkFrame(type, flags, streamId, length);
    if (violation !== null) this.fail(violation.code, violation.message);
    else if (!this.peer.received && (type !== SETTINGS || (flags & ACK) !== 0)) {
      this.fail(PROTOCOL_ERROR, 'the first frame is not SETTINGS');
    } else {
      const { awaited } = this.#headers;
      if ((type === CONTINUATION) !== (awaited !== 0) || (awaited !== 0 && awaited !== streamId)) {
        this.fail(PROTOCOL_ERROR, 'HEADERS and its CONTINUATION frames do not follow each other');
      }
    }
    return this.reading;
  }

  /** END_STREAM, with DATA or with trailers. */
  endOfStream(stream: Stream, trailers: readonly Field[] | null): void {
    if (!stream.closed) stream.receiveEnd(trailers);
    else {
      stream.remoteEnded = true;
      this.settle(stream);
    }
  }

  onFrameSizeError(): void {
    this.fail(FRAME_SIZE_ERROR, 'a frame longer than allowed, or too short for its padding');
  }

  onInvalidPadding(): void {
    this.fail(PROTOCOL_ERROR, 'more padding than frame');
  }

  #onWindowUpdate(streamId: number, increment: number): void {
    if (!this.spendControl('WINDOW_UPDATE frames')) return;
    const stream = this.streams.get(streamId);
    if (streamId === 0) {
      if (increment === 0) this.fail(PROTOCOL_ERROR, emptyUpdate);
      else if (!this.sender.widen(increment)) this.fail(FLOW_CONTROL_ERROR, overflow);
    } else if (stream === undefined) {
      if (this.isIdle(streamId)) this.fail(PROTOCOL_ERROR, 'WINDOW_UPDATE of an idle stream');
    } else if (increment === 0) this.violate(stream, PROTOCOL_ERROR, emptyUpdate);
    else if (!this.sender.widenStream(stream, increment)) this.violate(stream, FLOW_CONTROL_ERROR, overflow);
  }

  #onResetFrame(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.isIdle(streamId)) this.fail(PROTOCOL_ERROR, 'RST_STREAM of an idle stream');
      else this.spendControl('RST_STREAM frames');
      return;
    }
    this.streams.delete(streamId);
    if (!stream.closed) this.onStreamReset(stream, code);
    stream.release();
    if (this.spendReset()) this.onStreamGone();
  }

  #onSettingsFrame(bytes: Buffer, start: number, end: number): void {
    if (!this.spendControl('SETTINGS frames')) return;
    const windowBefore = this.peer.initialWindow;
    const error = this.peer.apply(bytes, start, end);
    if (error !== NO_ERROR) {
      this.fail(error, 'a setting with a value that it cannot have');
      return;
    }
    const change = this.peer.initialWindow - windowBefore;
    for (const stream of change === 0 ? [] : this.streams.values()) {
      if (this.sender.widenStream(stream, change)) continue;
      this.fail(FLOW_CONTROL_ERROR, overflow);
      return;
    }
    if (this.peer.shrunkTable) {
      this.peer.shrunkTable = false;
      this.#tableUpdateOwed = true;
    }
    this.writer.settingsAck();
    this.onSettings();
  }

  /** A frame of a stream that is not open: an error unless it crossed a reset of ours (section 5.1). */
  onFrameOfClosedStream(streamId: number, name: 'DATA' | 'HEADERS', length: number): void {
    if (this.isIdle(streamId)) this.fail(PROTOCOL_ERROR, `${name} of an idle stream`);
    else if (!this.#recentResets.mayHaveCrossed(streamId)) this.fail(STREAM_CLOSED, `${name} of a closed stream`);
    else if (length === 0 || !this.#recentResets.spend(streamId, length)) {
      this.spendControl('frames of streams that were reset');
    }
  }

  /* What this side sends. */

  protected announce(settings: readonly (readonly [id: number, value: number])[]): void {
    this.writer.settings(settings);
    this.writer.windowUpdate(0, bounds.connectionWindow - defaultWindow);
  }

  /** Whether the next header block must begin with a table size update. */
  takeTableUpdate(): boolean {
    const owed = this.#tableUpdateOwed;
    this.#tableUpdateOwed = false;
    return owed;
  }

  /* Bounds. */

  /** Counts something that costs little. False where that is the end of the connection. */
  spendControl(what: string): boolean {
    if (this.#control.spend()) return true;
    this.#calm(what);
    return false;
  }

  /** Gives back for what was sent, which the peer must answer with WINDOW_UPDATE frames. */
  earnControl(amount: number): void {
    this.#control.earn(amount);
  }

  /** Counts a stream that the peer reset, or made this side reset. False where that is the end of the connection. */
  spendReset(): boolean {
    if (this.#resets.spend()) return true;
    this.#calm('streams that are reset');
    return false;
  }

  #calm(what: string): void {
    this.fail(ENHANCE_YOUR_CALM, `too many ${what}`);
  }

  /* Ends of streams. */

  /** Takes a stream out once both directions have ended. */
  settle(stream: Stream): void {
    if (!stream.localEnded || !stream.remoteEnded || !this.streams.delete(stream.id)) return;
    this.#resets.earn(1);
    this.#control.earn(8);
    this.onStreamGone();
  }

  /** Resets a stream; nothing more is told to its handler. */
  reset(stream: Stream, code: number): void {
    const open = this.streams.delete(stream.id);
    if (open) this.refuse(stream.id, code, stream.receiveWindow);
    stream.release();
    if (open) this.onStreamGone();
  }

  /** Resets a stream whose message from the peer is whole; what the handler has not taken of it stays. */
  withdraw(stream: Stream, code: number): void {
    if (!this.streams.delete(stream.id)) return;
    this.refuse(stream.id, code, stream.receiveWindow);
    this.sender.drop(stream);
    this.onStreamGone();
  }

  /** RST_STREAM for a stream that is not, or no longer, in `streams`; `window` is what the peer may have sent meanwhile. */
  protected refuse(streamId: number, code: number, window: number = bounds.streamWindow): void {
    if (!this.reading) return;
    this.writer.resetStream(streamId, code);
    this.#recentResets.add(streamId, window);
  }

  /** The peer broke a rule on one stream (section 5.4.2). */
  violate(stream: Stream, code: number, message: string): void {
    if (!stream.closed) this.onStreamViolation(stream, { code, message });
    this.reset(stream, code);
    this.spendReset();
  }

  /* The connection's end. */

  /** A connection error: GOAWAY, then the end (section 5.4.1). */
  fail(code: number, message: string): void {
    if (!this.reading) return;
    this.writer.goAway(this.lastPeerStream, code);
    this.#stop({ code, message });
    this.#close();
  }

  /** The end without a word, for a peer that would not read it. */
  protected abandon(message: string): void {
    this.#stop({ code: NO_ERROR, message });
    this.#transport.destroy();
  }

  /** The end of a connection without streams. */
  protected finish(): void {
    if (!this.reading) return;
    this.reading = false;
    this.#close();
  }

  /** Closes at once; what is under way is lost. */
  destroy(): void {
    this.#transport.destroy();
  }

  #stop(violation: Violation): void {
    if (!this.reading) return;
    this.reading = false;
    this.onFailed(violation);
    this.#releaseAll();
  }

  /** What still arrives is read and dropped for a while: a reset could take away what was sent last. */
  #close(): void {
    this.writer.flush();
    this.#transport.end();
    this.#timeouts.awaitClose();
  }

  #releaseAll(): void {
    const streams = [...this.streams.values()];
    this.streams.clear();
    for (const stream of streams) stream.release();
  }

  #leave(error: Error | null): void {
    if (this.#gone) return;
    this.#gone = true;
    this.reading = false;
    this.#timeouts.onLost();
    this.onGone(error);
    this.#releaseAll();
    this.writer.discard();
  }

  /* The transport's events. */

  onDrain(): void {
    this.writer.drained();
    this.#timeouts.onDrain();
    if (!this.reading) return;
    this.sender.pump();
    for (const stream of this.streams.values()) {
      if (this.writer.blocked) return;
      if (!stream.awaitsWritable || stream.backlogSize > 0) continue;
      stream.awaitsWritable = false;
      stream.onWritable();
    }
  }

  /** HTTP/2 has no use for a connection that is open in one direction only. */
  onEnd(): void {
    this.writer.flush();
    this.#leave(null);
    this.#transport.end();
    this.#timeouts.awaitClose();
  }

  onClose(error: Error | null): void {
    this.#leave(error);
    this.#timeouts.onClose();
  }
}

const notRead = 'the peer does not read what is sent to it';
const emptyUpdate = 'WINDOW_UPDATE of nothing';
const overflow = 'a window that overflows';
