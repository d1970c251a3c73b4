import type { Forward, Route } from '../../../model/route.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import { applyEdits } from './headers/edit.ts';
import type { ForwardedFields } from './headers/forwarded.ts';
import { remainingHops, withOneHopLess } from './headers/max-forwards.ts';
import { rewriteTarget } from './rewrite.ts';
import type { DestinationPlan } from './routing/plan.ts';
import { toByteString } from './routing/query.ts';

/**
 * The request as the backend gets it: with the gateway's own fields, then the route's edits (which may undo them), then
 * the destination's. An upgrade is kept only where `upgrade` says so.
 */
export function upstreamHead(
  head: RequestHead,
  client: ClientConnectionInfo,
  forwarded: ForwardedFields,
  requestId: string,
  choice: { readonly route: Route; readonly forward: Forward; readonly plan: DestinationPlan; readonly path: string },
  upgrade: string,
): RequestHead {
  const { route, forward, plan, path } = choice;
  const { rewrite } = forward;
  const hops = remainingHops(head);
  const fields: readonly Field[] = hops === null ? head.fields : withOneHopLess(head.fields, hops);
  const own = forwarded.apply(fields, client, head.authority, requestId);
  let authority = head.authority;
  for (const edit of plan.requestEdits) authority = edit.host ?? authority;
  return {
    method: head.method,
    target: rewrite.path === null ? head.target : rewriteTarget(head.target, path, route.match.path, rewrite.path),
    authority: rewrite.hostname === null ? authority : toByteString(rewrite.hostname),
    fields: applyEdits(own, plan.requestEdits),
    contentLength: head.contentLength,
    expectContinue: head.expectContinue,
    upgrade,
    acceptsTrailers: head.acceptsTrailers,
  };
}
