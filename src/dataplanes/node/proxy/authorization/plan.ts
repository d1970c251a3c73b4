import type { Authorization } from '../../../../model/authorization.ts';
import { type Refusal, refusal } from '../failure.ts';

/** Who is asked, ready to be asked; or the answer where nobody can be. */
export type AuthorizationPlan = AskPlan | { readonly type: 'refuse'; readonly refusal: Refusal };

export interface AskPlan {
  readonly type: 'ask';
  readonly backend: string;
  readonly pathPrefix: string;
  /** Lower-case names of the fields that are sent along. */
  readonly sent: ReadonlySet<string>;
  /** Lower-case names of the fields that the request goes on with; null for all that are not about the answer itself. */
  readonly taken: ReadonlySet<string> | null;
}

/** Null where nobody is to be asked. */
export function planAuthorization(stated: readonly Authorization[] | undefined): readonly AuthorizationPlan[] | null {
  if (stated === undefined || stated.length === 0) return null;
  return stated.map((each): AuthorizationPlan => {
    if (each.type === 'refuse') {
      const message = `nobody can be asked whether the request may go on: ${each.reason}`;
      return { type: 'refuse', refusal: refusal(each.status, 'invalid-route', message, each.origin) };
    }
    const { backend, pathPrefix, requestHeaders, responseHeaders } = each;
    return {
      type: 'ask',
      backend,
      pathPrefix: pathPrefix.replace(/\/+$/, ''),
      // RFC 9110 section 11.6.2: what a request is authorized by.
      sent: new Set(['authorization', ...requestHeaders]),
      taken: responseHeaders === null ? null : new Set(responseHeaders),
    };
  });
}
