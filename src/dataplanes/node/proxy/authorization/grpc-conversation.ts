import { Field, makeField, REGULAR } from '../../http/field.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import { checkRequest } from './check-request.ts';
import { type CheckResponse, readCheckResponse } from './check-response.ts';
import type { Conversation, Subject, Verdict } from './conversation.ts';
import { grantedHead } from './heads.ts';
import type { AskPlan } from './plan.ts';

const fields: readonly Field[] = [new Field('content-type', 'application/grpc', REGULAR)];
const check = '/envoy.service.auth.v3.Authorization/Check';

/** A length of four bytes, after one that says whether what follows is compressed (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const prefixLength = 5;
const defaultDenial = 403;

/** Asks by the gRPC protocol of Envoy's external authorization: status 0 in the answer grants, any other denies. */
export class GrpcConversation implements Conversation {
  readonly head: RequestHead;
  readonly content: Buffer;
  readonly #subject: Subject;
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(plan: AskPlan, subject: Subject, content: Buffer | null, limit: number) {
    this.#subject = subject;
    this.#limit = limit;
    const message = checkRequest(subject, plan.sent, content);
    const prefix = Buffer.alloc(prefixLength);
    prefix.writeUInt32BE(message.length, 1);
    this.content = Buffer.concat([prefix, message]);
    this.head = {
      ...{ method: 'POST', target: check, authority: subject.head.authority, fields },
      ...{ contentLength: this.content.length, expectContinue: false, upgrade: '', acceptsTrailers: true },
    };
  }

  onHead(head: ResponseHead, ended: boolean): Verdict | null {
    if (head.status !== 200) return { type: 'failed', cause: `answered with ${head.status}` };
    // Trailers-Only: there is no message.
    return ended ? this.#failed(head.fields) : null;
  }

  onContent(chunk: Buffer): Verdict | null {
    this.#size += chunk.length;
    if (this.#size > this.#limit + prefixLength) return { type: 'failed', cause: 'answered with too long a message' };
    this.#chunks.push(chunk);
    return null;
  }

  onEnd(trailers: readonly Field[] | null): Verdict {
    if (statusOf(trailers ?? []) !== '0') return this.#failed(trailers ?? []);
    const content = Buffer.concat(this.#chunks);
    if (content.length < prefixLength || content[0] !== 0) return malformed;
    const message = content.subarray(prefixLength);
    if (content.readUInt32BE(1) !== message.length) return malformed;
    const response = readCheckResponse(message);
    if (response === null) return malformed;
    return response.code === 0 ? this.#granted(response) : denied(response);
  }

  #granted({ headers, removed }: CheckResponse): Verdict {
    const { head } = this.#subject;
    const drop = new Set(removed.map((name) => name.toLowerCase()));
    const kept = drop.size === 0 ? head : { ...head, fields: head.fields.filter(({ name }) => !drop.has(name)) };
    return { type: 'granted', head: grantedHead(kept, fieldsOf(headers), 'all') };
  }

  #failed(told: readonly Field[]): Verdict {
    const message = told.find(({ name }) => name === 'grpc-message')?.value ?? '';
    return {
      type: 'failed',
      cause: `answered with gRPC status ${statusOf(told)}${message === '' ? '' : `: ${message}`}`,
    };
  }
}

const malformed: Verdict = { type: 'failed', cause: 'answered with what is no CheckResponse' };

const statusOf = (told: readonly Field[]): string =>
  told.find(({ name }) => name === 'grpc-status')?.value ?? 'unknown';

function denied({ status, headers, body }: CheckResponse): Verdict {
  const valid = status >= 200 && status <= 599 ? status : defaultDenial;
  const content = Buffer.from(body, 'utf8');
  return {
    type: 'denied',
    head: { status: valid, fields: fieldsOf(headers), contentLength: content.length, upgrade: '' },
    content,
  };
}

/** What is no field, and what frames a message, is left out. */
function fieldsOf(headers: CheckResponse['headers']): readonly Field[] {
  return headers.flatMap(({ name, value }) => {
    const field = makeField(name, Buffer.from(value, 'utf8').toString('latin1'));
    return field === null || field.kind !== REGULAR ? [] : [field];
  });
}
