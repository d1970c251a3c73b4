import type { AskedContent, Authorization } from '../../../../model/authorization.ts';
import { type Refusal, refusal } from '../failure.ts';

/** Who is asked, ready to be asked; or the answer where nobody can be. */
export type AuthorizationPlan = AskPlan | { readonly type: 'refuse'; readonly refusal: Refusal };

export interface AskPlan {
  readonly type: 'ask';
  readonly protocol: 'http' | 'grpc';
  readonly backend: string;
  readonly pathPrefix: string;
  /** Lower-case names of the fields that are sent along; null for all. */
  readonly sent: ReadonlySet<string> | null;
  /** Bytes of content that are sent along; 0 for none. */
  readonly maxContent: number;
  /** Lower-case names of the fields that the request goes on with; null for all that are not about the answer itself. */
  readonly taken: ReadonlySet<string> | null;
}

/** Null where nobody is to be asked. */
export function planAuthorization(stated: readonly Authorization[] | undefined): readonly AuthorizationPlan[] | null {
  if (stated === undefined || stated.length === 0) return null;
  return stated.map(planOf);
}

function planOf(stated: Authorization): AuthorizationPlan {
  switch (stated.type) {
    case 'refuse': {
      const { status, reason, cause, origin } = stated;
      const message = `nobody can be asked whether the request may go on: ${cause?.message ?? reason}`;
      return { type: 'refuse', refusal: refusal(status, 'invalid-route', message, cause?.origin ?? origin) };
    }
    case 'check': {
      const { backend, requestHeaders, content } = stated;
      const sent = requestHeaders === null ? null : new Set(requestHeaders);
      return { type: 'ask', protocol: 'grpc', backend, pathPrefix: '', sent, maxContent: sizeOf(content), taken: null };
    }
    case 'ask': {
      const { backend, pathPrefix, requestHeaders, responseHeaders, content } = stated;
      return {
        type: 'ask',
        protocol: 'http',
        backend,
        pathPrefix: pathPrefix.replace(/\/+$/, ''),
        // RFC 9110 section 11.6.2: what a request is authorized by.
        sent: new Set(['authorization', ...requestHeaders]),
        maxContent: sizeOf(content),
        taken: responseHeaders === null ? null : new Set(responseHeaders),
      };
    }
  }
}

const sizeOf = (content: AskedContent | undefined): number => content?.maxSize ?? 0;
