import type { GroupKind } from '../../resources/object.ts';
import { watchedKindsOf } from '../../sources/kubernetes/kinds.ts';
import {
  clusterRules,
  infrastructureRules,
  leaderRules,
  type PolicyRule,
  summarizeRules,
} from '../../sources/kubernetes/rbac.ts';
import { dialects as allDialects } from '../parts.ts';
import { infrastructureKinds } from './own-objects.ts';

/** The Lease by which controllers elect their leader, unless a flag names another. */
const leaseName = 'farside-controller';

/** All that a controller whose data planes are in pods asks of the API server. */
export interface ControllerRights {
  /** In every namespace, whatever the dialects. */
  readonly cluster: readonly PolicyRule[];
  /** In every namespace, for the kinds that only this dialect reads. By the dialect's name. */
  readonly dialects: Readonly<Record<string, readonly PolicyRule[]>>;
  /** In its own namespace. */
  readonly namespace: readonly PolicyRule[];
}

export function controllerRights(): ControllerRights {
  const [first, ...others] = allDialects.map(({ kinds }) => kinds);
  const common = (first ?? []).filter((kind) => others.every((kinds) => kinds.some((each) => isSame(each, kind))));
  const rulesOf = (kinds: readonly GroupKind[]) => clusterRules(watchedKindsOf(kinds));
  return {
    cluster: summarizeRules([...rulesOf([...common, ...infrastructureKinds]), ...infrastructureRules()]),
    dialects: Object.fromEntries(
      allDialects.map(({ name, kinds }) => {
        const own = kinds.filter((kind) => !common.some((each) => isSame(each, kind)));
        return [name, summarizeRules(rulesOf(own))];
      }),
    ),
    namespace: summarizeRules(leaderRules(leaseName)),
  };
}

const isSame = (a: GroupKind, b: GroupKind): boolean => a.group === b.group && a.kind === b.kind;
