import type { ServerStream } from '../../http/stream.ts';
import { Deadline } from '../../io/deadlines.ts';
import type { ClientContent } from '../client-content.ts';
import type { ExchangeContext } from '../context.ts';
import { type Refusal, refusal } from '../failure.ts';
import { upgradeOf } from '../upgrade.ts';

/** Of what is left for contents that are held as a whole, all requests of a worker take their part. */
export class ContentBudget {
  #left: number;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#left = limit;
  }

  /** @returns whether there was so much */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/** Where the first bytes go: clients may send them one by one. */
const leastCapacity = 4_096;
const empty = Buffer.alloc(0);

/**
 * The content of one request that comes before it is known where the request goes. The client waits with more of it,
 * unless whoever is asked is to have it: then all of it is held, within bounds of size and time.
 */
export class EarlyContent {
  /** Whether it was asked for: the client need not wait for a 100 any more. */
  asked = false;
  readonly #stream: ServerStream;
  readonly #content: ClientContent;
  readonly #context: ExchangeContext;
  /** What came without being asked for. */
  #loose: Buffer[] = [];
  /** What was asked for stands in one piece, so that a client cannot make it cost more than its bytes. */
  #buffer: Buffer = empty;
  #size = 0;
  #bound = 0;
  #onWhole: ((refused: Refusal | null) => void) | null = null;
  #deadline: Deadline | null = null;

  constructor(stream: ServerStream, content: ClientContent, context: ExchangeContext) {
    this.#stream = stream;
    this.#content = content;
    this.#context = context;
  }

  /** All that came. */
  get chunks(): readonly Buffer[] {
    return this.#size === 0 ? this.#loose : [this.whole];
  }

  /** What `collect` has collected. */
  get whole(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  /**
   * Has the client send all of it. An upgrade has none: what follows its head is no request.
   *
   * @param limit bytes
   * @param onWhole hears once that it is there, or why the request is refused; it may hear before this returns
   */
  collect(limit: number, onWhole: (refused: Refusal | null) => void): void {
    const { head } = this.#stream;
    const { limits, wheel } = this.#context;
    if (upgradeOf(this.#stream) !== null) {
      onWhole(null);
      return;
    }
    this.#bound = Math.min(limit, limits.askedContent);
    let refused = Math.max(head.contentLength, this.#size) > this.#bound ? tooLarge : null;
    for (const chunk of this.#loose.splice(0)) refused ??= this.#keep(chunk);
    if (refused !== null || this.#content.ended) {
      onWhole(refused);
      return;
    }
    this.#onWhole = onWhole;
    this.#deadline = new Deadline(() => this.#stop(tooSlow));
    wheel.arm(this.#deadline, limits.askedContentTimeout);
    // The backend is not asked (RFC 9110 section 10.1.1): the gateway itself reads the content.
    if (head.expectContinue) this.#stream.inform(100, []);
    this.asked = true;
    this.#content.resume();
  }

  push(chunk: Buffer): void {
    if (this.#onWhole === null) {
      this.#loose.push(chunk);
      this.#content.pause();
      return;
    }
    const refused = this.#keep(chunk);
    if (refused !== null) this.#stop(refused);
  }

  /** The client has sent all of it. */
  end(): void {
    if (this.#onWhole !== null) this.#stop(null);
  }

  /** Nobody needs it any more. Nothing is heard of it after that. */
  drop(): void {
    this.#onWhole = null;
    if (this.#deadline !== null) this.#context.wheel.disarm(this.#deadline);
    this.#context.heldContent.give(this.#buffer.length);
    this.#buffer = empty;
    this.#size = 0;
    this.#loose = [];
  }

  /** @returns why it cannot be kept, or null */
  #keep(chunk: Buffer): Refusal | null {
    const size = this.#size + chunk.length;
    if (size > this.#bound) return tooLarge;
    const { length } = this.#buffer;
    if (size > length) {
      const { contentLength } = this.#stream.head;
      const most = contentLength < 0 ? this.#bound : contentLength;
      const capacity = Math.max(size, Math.min(most, Math.max(2 * length, leastCapacity)));
      if (!this.#context.heldContent.take(capacity - length)) return noRoom;
      const grown = Buffer.allocUnsafeSlow(capacity);
      this.#buffer.copy(grown, 0, 0, this.#size);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#size);
    this.#size = size;
    return null;
  }

  #stop(refused: Refusal | null): void {
    const onWhole = this.#onWhole;
    this.#onWhole = null;
    if (this.#deadline !== null) this.#context.wheel.disarm(this.#deadline);
    this.#content.pause();
    onWhole?.(refused);
  }
}

const tooLarge = refusal(413, 'content-too-large', "the request's content is larger than whoever is asked may get");
const tooSlow = refusal(
  408,
  'client-timeout',
  "the request's content, which somebody is asked about, did not come in time",
);
const noRoom = refusal(
  503,
  'authorization-failed',
  'it is not known whether the request may go on: there is no room for its content',
);
