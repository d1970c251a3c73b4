import type { Field } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';
import { parseQuery } from './query.ts';

const noParameters: ReadonlyMap<string, string> = new Map();

/** A request as matches look at it. One object serves all requests, one after the other, so a request allocates none. */
export class RequestView {
  method = '';
  /** As `pathForMatching` gives it. */
  path = '';
  #head: RequestHead | null = null;
  #endOfPath = 0;
  #parameters: ReadonlyMap<string, string> | null = null;

  /** @param endOfPath index of the target's `?`, or its length */
  show(head: RequestHead, path: string, endOfPath: number): void {
    this.method = head.method;
    this.path = path;
    this.#head = head;
    this.#endOfPath = endOfPath;
    this.#parameters = null;
  }

  /** The first value of a query parameter, or null. The query is read only when a match asks. */
  parameter(name: string): string | null {
    this.#parameters ??= this.#parse();
    return this.#parameters.get(name) ?? null;
  }

  /** As `headerOf`. */
  header(name: string): string | null {
    return headerOf(this.#head as RequestHead, name);
  }

  #parse(): ReadonlyMap<string, string> {
    const head = this.#head as RequestHead;
    return this.#endOfPath < head.target.length ? parseQuery(head.target.slice(this.#endOfPath + 1)) : noParameters;
  }
}

/**
 * The value of a header, or null. The values of several lines are joined with a comma (RFC 9110 section 5.2), cookies
 * with a semicolon (RFC 6265 section 5.4).
 *
 * @param name lower-case
 */
export function headerOf(head: RequestHead, name: string): string | null {
  let value: string | null = null;
  for (const field of head.fields as readonly Field[]) {
    if (field.name !== name) continue;
    value = value === null ? field.value : `${value}${name === 'cookie' ? '; ' : ','}${field.value}`;
  }
  return value ?? headerOfMember(head, name);
}

/** Headers that a head tells by members of its own. */
function headerOfMember(head: RequestHead, name: string): string | null {
  switch (name) {
    case 'host':
      return head.authority;
    case 'content-length':
      return head.contentLength < 0 ? null : String(head.contentLength);
    case 'upgrade':
      return head.upgrade === '' ? null : head.upgrade;
    case 'expect':
      return head.expectContinue ? '100-continue' : null;
    case 'te':
      return head.acceptsTrailers ? 'trailers' : null;
    default:
      return null;
  }
}
