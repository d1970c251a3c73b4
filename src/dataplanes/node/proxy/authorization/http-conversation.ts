import type { Field } from '../../http/field.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import type { Conversation, Verdict } from './conversation.ts';
import { grantedHead, questionHead } from './heads.ts';
import type { AskPlan } from './plan.ts';

/** Asks over HTTP: 200 grants, any other status below 500 denies with what it came with. */
export class HttpConversation implements Conversation {
  readonly head: RequestHead;
  readonly content: Buffer | null;
  readonly #plan: AskPlan;
  readonly #asked: RequestHead;
  readonly #limit: number;
  #answer: ResponseHead | null = null;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(plan: AskPlan, asked: RequestHead, content: Buffer | null, limit: number) {
    this.#plan = plan;
    this.#asked = asked;
    this.#limit = limit;
    this.content = content === null || content.length === 0 ? null : content;
    this.head = questionHead(asked, plan, this.content?.length ?? 0);
  }

  onHead(head: ResponseHead, ended: boolean): Verdict | null {
    if (head.status === 200) return { type: 'granted', head: grantedHead(this.#asked, head.fields, this.#plan.taken) };
    if (head.status >= 500 || head.status < 200) return { type: 'failed', cause: `answered with ${head.status}` };
    this.#answer = head;
    return ended ? this.onEnd(null) : null;
  }

  onContent(chunk: Buffer): Verdict | null {
    this.#size += chunk.length;
    if (this.#size > this.#limit) return this.#denied(null);
    this.#chunks.push(chunk);
    return null;
  }

  onEnd(_trailers: readonly Field[] | null): Verdict {
    return this.#denied(Buffer.concat(this.#chunks));
  }

  #denied(content: Buffer | null): Verdict {
    const head = this.#answer as ResponseHead;
    return { type: 'denied', head, content };
  }
}
