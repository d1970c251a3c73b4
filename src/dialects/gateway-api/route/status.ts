import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { StatusDocument } from '../../dialect.ts';
import { conditions, describeProblems, unless, type Verdict } from '../condition.ts';
import { controllerName } from '../names.ts';
import type { ParentState, RouteState } from './http-route.ts';

/** Whether a route counts as accepted at a parent: at least one of its rules does what it says. */
export function isAccepted({ rules }: RouteState, { detached }: ParentState): boolean {
  return detached === null && rules.some(({ problems }) => problems.length === 0);
}

/** The status of a route at its parents of ours; nothing where it has none. */
export function routeStatus(route: RouteState, now: string): readonly StatusDocument[] {
  if (route.parents.length === 0) return [];
  const { resource } = route;
  const clock = { generation: resource.object.metadata.generation ?? 1, now };
  const parents = route.parents.map((parent) => ({
    parentRef: parent.parent.ref,
    controllerName,
    conditions: conditions(verdicts(route, parent), clock),
  }));
  const { apiVersion, kind, namespace, name } = resource.reference;
  return [{ apiVersion, kind, metadata: { namespace, name }, status: { parents } }];
}

function verdicts(route: RouteState, parent: ParentState): readonly Verdict[] {
  const resolved = unless(parent.unresolved, 'ResolvedRefs', 'ResolvedRefs', 'all references are resolved');
  const refused = route.rules.flatMap(({ problems }) => problems);
  if (parent.detached !== null) {
    return [unless([parent.detached], 'Accepted', 'Accepted', ''), resolved];
  }
  if (!isAccepted(route, parent)) return [unless(refused, 'Accepted', 'Accepted', ''), resolved];
  const accepted: Verdict = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: `attached to ${describeObject(parent.parent.owner.reference)}`,
  };
  if (refused.length === 0) return [accepted, resolved];
  return [accepted, resolved, partiallyInvalid(route, refused)];
}

/** The message begins as the specification demands; refused rules answer 500 rather than leave their place to others. */
function partiallyInvalid({ rules }: RouteState, refused: readonly Finding[]): Verdict {
  const dropped = rules.filter(({ problems }) => problems.length > 0).map(({ name }) => name.rule);
  return {
    type: 'PartiallyInvalid',
    status: 'True',
    reason: refused[0]?.reason ?? 'UnsupportedValue',
    message: `Dropped Rule ${dropped.join(', ')}: ${describeProblems(refused)}`,
  };
}
