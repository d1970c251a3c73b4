import { COOKIE, type Field, FORWARDED, REGULAR } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';
import type { AskPlan } from './plan.ts';

/**
 * The question over HTTP: the head of the request with no more fields than are to be sent.
 *
 * @param contentLength bytes of content that are sent along
 */
export function questionHead(head: RequestHead, { pathPrefix, sent }: AskPlan, contentLength: number): RequestHead {
  return {
    method: head.method,
    target: pathPrefix === '' ? head.target : pathPrefix + (head.target.startsWith('/') ? head.target : '/'),
    authority: head.authority,
    fields: sent === null ? head.fields : head.fields.filter(({ name }) => sent.has(name)),
    contentLength,
    expectContinue: false,
    upgrade: '',
    acceptsTrailers: false,
  };
}

/** What is about the answer itself, and would say something untrue of the request. */
const ofAnswer: ReadonlySet<string> = new Set([
  ...['date', 'server', 'set-cookie', 'age', 'etag', 'last-modified', 'expires', 'vary', 'via', 'connection'],
  ...['content-type', 'content-encoding', 'content-language', 'content-location', 'content-range', 'accept-ranges'],
]);

/**
 * The request as it goes on. What the answer says takes the place of what the client said, and a field that only the
 * answer may set is taken from the client even where the answer does not set it: it is what others trust. Neither the
 * host nor what frames a message can be changed.
 *
 * @param taken lower-case names; null for all that are not about the answer itself, `all` where none is
 */
export function grantedHead(
  head: RequestHead,
  answered: readonly Field[],
  taken: ReadonlySet<string> | null | 'all',
): RequestHead {
  const isTaken = (name: string): boolean =>
    taken === 'all' || (taken === null ? !ofAnswer.has(name) : taken.has(name));
  const added = answered.filter((field) => isTakeable(field) && isTaken(field.name));
  const names = new Set([...added.map(({ name }) => name), ...(taken instanceof Set ? taken : [])]);
  if (names.size === 0) return head;
  return { ...head, fields: [...head.fields.filter(({ name }) => !names.has(name)), ...added] };
}

const isTakeable = ({ kind }: Field): boolean => kind === REGULAR || kind === COOKIE || kind === FORWARDED;
