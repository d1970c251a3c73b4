import { watchedKindsOf } from '../../sources/kubernetes/kinds.ts';
import {
  clusterRules,
  infrastructureRules,
  leaderRules,
  type PolicyRule,
  summarizeRules,
} from '../../sources/kubernetes/rbac.ts';
import { dialects } from '../parts.ts';
import { infrastructureKinds } from './own-objects.ts';

/** The Lease by which controllers elect their leader, unless a flag names another. */
export const leaseName = 'farside-controller';

/** All that a controller whose data planes are in pods asks of the API server. */
export interface ControllerRights {
  /** In every namespace. */
  readonly cluster: readonly PolicyRule[];
  /** In its own namespace. */
  readonly namespace: readonly PolicyRule[];
}

export function controllerRights(): ControllerRights {
  const kinds = watchedKindsOf([...dialects.flatMap((dialect) => dialect.kinds), ...infrastructureKinds]);
  return {
    cluster: summarizeRules([...clusterRules(kinds), ...infrastructureRules()]),
    namespace: summarizeRules(leaderRules(leaseName)),
  };
}
