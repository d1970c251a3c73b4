import type { Field } from '../../http/field.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import type { ServerStream } from '../../http/stream.ts';
import { GrpcConversation } from './grpc-conversation.ts';
import { HttpConversation } from './http-conversation.ts';
import type { AskPlan } from './plan.ts';

/** What an answer means. */
export type Verdict =
  /** The request goes on like this. */
  | { readonly type: 'granted'; readonly head: RequestHead }
  /** The client gets this; content that was too long to be passed on is null. */
  | { readonly type: 'denied'; readonly head: ResponseHead; readonly content: Buffer | null }
  /** It is no answer. */
  | { readonly type: 'failed'; readonly cause: string };

/** The request that is asked about, and who made it. */
export interface Subject extends Pick<ServerStream, 'client' | 'protocol'> {
  readonly head: RequestHead;
  readonly requestId: string;
}

/** One question and its answer, in the words of one protocol. A verdict comes once, and is the last word. */
export interface Conversation {
  readonly head: RequestHead;
  /** What follows the head, or null. */
  readonly content: Buffer | null;
  /** Null where the verdict needs more of the answer. */
  onHead(head: ResponseHead, ended: boolean): Verdict | null;
  onContent(chunk: Buffer): Verdict | null;
  onEnd(trailers: readonly Field[] | null): Verdict;
}

/**
 * @param content of the request, for whoever is to have it
 * @param limit bytes of an answer that are read
 */
export function converse(plan: AskPlan, subject: Subject, content: Buffer | null, limit: number): Conversation {
  return plan.protocol === 'http'
    ? new HttpConversation(plan, subject.head, content, limit)
    : new GrpcConversation(plan, subject, content, limit);
}
