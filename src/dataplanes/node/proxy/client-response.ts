import type { Field } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import type { ServerStream } from '../http/stream.ts';
import type { Answer } from './decision.ts';
import { describeToClient, type Refusal } from './failure.ts';
import type { CorsPolicy } from './headers/cors.ts';
import { withDate } from './headers/date.ts';
import { applyEdits, type HeaderEdit } from './headers/edit.ts';
import { fillEdits } from './headers/fill.ts';
import { passOn, respondLocally } from './local-response.ts';

/** What the log and the counters write where the client left before there was a status. */
const clientLeft = 499;

const none: readonly HeaderEdit[] = [];

/** The response to one client: the gateway's own, or a backend's. There is one at most: who begins it sees to that. */
export class ClientResponse {
  /** 0 before it has begun. */
  status = 0;
  /** Of its content, so far. */
  bytes = 0;
  /** A Set-Cookie field that begins a session, for a backend's response. */
  cookie: Field | null = null;
  /** What the route lets other origins have; null where it says nothing about them. */
  cors: CorsPolicy | null = null;
  /** What the route changes of a response of its destination, and of the gateway's own in the place of one. */
  edits: readonly HeaderEdit[] = none;
  /** Its head has been sent. */
  begun = false;
  readonly #stream: ServerStream;

  constructor(stream: ServerStream) {
    this.#stream = stream;
  }

  /** A response of the gateway's own that is no failure. */
  answer({ status, fields, content, edits }: Answer): void {
    this.#begin(status);
    this.bytes += respondLocally(this.#stream, status, content, fields, this.#filled(edits));
  }

  /** A response of the gateway's own that tells in a few words why there is no other. */
  refuse({ status, failure }: Refusal): void {
    this.#begin(status);
    const text = describeToClient(failure.class);
    this.bytes += respondLocally(this.#stream, status, text, [], this.#filled(this.edits));
  }

  /** A response that is there as a whole. */
  passOn(head: ResponseHead, content: Buffer): void {
    this.#begin(head.status);
    this.bytes += passOn(this.#stream, head, content, this.#filled(none));
  }

  /** The head of a backend's response, or of a tunnel. @param first goes before what the route changes; null for nothing */
  forward(head: ResponseHead, ended: boolean, first: HeaderEdit | null): void {
    this.#begin(head.status);
    const edits = this.#filled(first === null ? this.edits : [first, ...this.edits]);
    const fields = this.cookie === null ? head.fields : [...head.fields, this.cookie];
    this.#stream.respond({ ...head, fields: withDate(applyEdits(fields, edits)) }, ended);
  }

  /** @returns whether the client takes more for now */
  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    return this.#stream.write(chunk);
  }

  /** Nobody is there to get it. */
  leave(): void {
    if (this.status === 0) this.status = clientLeft;
  }

  /** What the route says itself comes after what follows from its cross-origin sharing, and so has the last word. */
  #filled(own: readonly HeaderEdit[]): readonly HeaderEdit[] {
    const edits = this.cors === null ? own : [this.cors.editFor(this.#stream.head), ...own];
    return fillEdits(edits, this.#stream);
  }

  #begin(status: number): void {
    this.begun = true;
    this.status = status;
  }
}
