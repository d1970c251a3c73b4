import type { PathMatch, Rewrite } from '../../../model/route.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import { applyEdits, type HeaderEdit } from './headers/edit.ts';
import { fillEdits } from './headers/fill.ts';
import type { ForwardedFields } from './headers/forwarded.ts';
import { remainingHops, withOneHopLess } from './headers/max-forwards.ts';
import { rewriteTarget } from './rewrite.ts';
import { toByteString } from './routing/query.ts';

/** A client's request, as the route that took it looks at it. */
export interface RoutedRequest {
  readonly head: RequestHead;
  readonly client: ClientConnectionInfo;
  readonly requestId: string;
  /** As `pathForMatching` gives it. */
  readonly path: string;
  /** What it matched. */
  readonly match: PathMatch;
}

/** What a route changes of a request for one backend. */
export interface RequestChanges {
  readonly requestEdits: readonly HeaderEdit[];
  readonly rewrite: Rewrite;
}

/**
 * The request as the backend gets it: with the gateway's own fields, then the route's edits (which may undo them), then
 * the destination's. An upgrade is kept only where `upgrade` says so.
 */
export function upstreamHead(
  { head, client, requestId, path, match }: RoutedRequest,
  { requestEdits, rewrite }: RequestChanges,
  forwarded: ForwardedFields,
  upgrade: string,
): RequestHead {
  const hops = remainingHops(head);
  const fields: readonly Field[] = hops === null ? head.fields : withOneHopLess(head.fields, hops);
  const own = forwarded.apply(fields, client, head.authority, requestId);
  let authority = head.authority;
  for (const edit of requestEdits) authority = edit.host ?? authority;
  if (rewrite.hostnameFrom !== undefined) authority = hostFrom(rewrite.hostnameFrom, head) ?? authority;
  return {
    method: head.method,
    target: rewrite.path === null ? head.target : rewriteTarget(head.target, path, match, rewrite.path),
    authority: rewrite.hostname === null ? authority : toByteString(rewrite.hostname),
    fields: applyEdits(own, fillEdits(requestEdits, { head, client })),
    contentLength: head.contentLength,
    expectContinue: head.expectContinue,
    upgrade,
    acceptsTrailers: head.acceptsTrailers,
  };
}

/** The value of a field of the request, where it can be a host: null leaves the Host as it is. */
function hostFrom(name: string, { fields }: RequestHead): string | null {
  const value = fields.find((field) => field.name === name)?.value ?? '';
  return /^(?:[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/.test(value) ? value : null;
}
