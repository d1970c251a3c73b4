import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import { controllerServerName } from './identity.ts';

/** Milliseconds. */
export interface ConnectionTimings {
  /** Until TCP, TLS and the first words of HTTP/2 are done. A network that swallows packets says nothing for minutes. */
  readonly connect: number;
  /** Between two signs of life that are asked for, and until one must have come. */
  readonly ping: number;
  readonly pingTimeout: number;
}

/**
 * One connection of HTTP/2 to the controller, as the gRPC library asks for it. It is watched by pings, and whatever becomes
 * of it fails the requests on it, and nothing else: this process carries traffic.
 */
export class StreamConnection {
  readonly authority: string;
  readonly #session: ClientHttp2Session;
  readonly #ready: Promise<void>;
  #timer: NodeJS.Timeout | null = null;
  /** Why it was given up, where that was here. */
  #cause: Error | null = null;

  constructor(authority: string, tls: SecureContextOptions, timings: ConnectionTimings) {
    this.authority = authority;
    const session = connect(authority, { ...tls, minVersion: 'TLSv1.3', servername: controllerServerName });
    this.#session = session;
    this.#timer = setTimeout(() => this.#giveUp('the controller does not answer'), timings.connect);
    this.#ready = new Promise((resolve, reject) => {
      session.once('connect', () => {
        this.#watch(timings);
        resolve();
      });
      // Also after its end: an error that nobody takes would end the process.
      session.on('error', (cause: Error) => {
        this.#cause ??= cause;
      });
      session.once('close', () => {
        if (this.#timer !== null) clearTimeout(this.#timer);
        reject(this.#cause ?? new Error('the connection was closed'));
      });
    });
    // Told to whoever makes a request; there may be none.
    this.#ready.catch(() => {});
  }

  /** Rejects with the reason where there is no connection. */
  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, 'signal'>,
  ): Promise<ClientHttp2Stream> {
    await this.#ready;
    return this.#session.request({ ...headers, ':method': method, ':path': path }, options);
  }

  /** What came over the stream is no sign of life that is counted: pings are. */
  notifyResponseByteRead(): void {}

  /** Why the connection was lost, in a sentence; null where nothing is known but its end. */
  get cause(): string | null {
    return this.#cause?.message ?? null;
  }

  destroy(): void {
    this.#session.destroy();
  }

  #watch({ ping, pingTimeout }: ConnectionTimings): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#session.destroyed) return;
      this.#timer = setTimeout(() => this.#giveUp('the controller gave no sign of life'), pingTimeout);
      this.#session.ping((cause) => {
        if (cause === null) this.#watch({ connect: 0, ping, pingTimeout });
      });
    }, ping);
  }

  #giveUp(why: string): void {
    this.#cause ??= new Error(why);
    this.#session.destroy();
  }
}
