import { response, type SeenRequest } from './harness.ts';

/** Requests as a client writes them; `more` is whole field lines. */
export const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
export const post = (length: number, more = '') =>
  `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;

/** Answers a request without content. */
export const empty = (request: SeenRequest | undefined): void => request?.stream.respond(response(204), true);

/** The server goes on with what it has read in another turn of the event loop. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
