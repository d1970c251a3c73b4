import type { WatchedKind } from './kinds.ts';

/** One rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule). */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What reading these kinds everywhere, and writing their statuses, takes: the rules of a ClusterRole. */
export function clusterRules(kinds: readonly WatchedKind[]): readonly PolicyRule[] {
  return kinds.flatMap(({ group, plural, reading, status }): PolicyRule[] => [
    {
      apiGroups: [group],
      resources: [plural],
      verbs: reading === 'on-demand' ? ['get', 'list', 'watch'] : ['list', 'watch'],
    },
    ...(status ? [{ apiGroups: [group], resources: [`${plural}/status`], verbs: ['patch'] }] : []),
  ]);
}

/** What electing a leader takes: the rules of a Role in the controller's own namespace. */
export function leaderRules(lease: string): readonly PolicyRule[] {
  const apiGroups = ['coordination.k8s.io'];
  return [
    // A name cannot restrict `create`, since the request has none.
    { apiGroups, resources: ['leases'], verbs: ['create'] },
    { apiGroups, resources: ['leases'], verbs: ['get', 'update'], resourceNames: [lease] },
  ];
}

/**
 * What giving Gateways data planes of their own takes, in whatever namespace a Gateway is: applying needs `patch`, and
 * `create` for what is not there; `get` tells whose an object is before it is taken over or removed. Secrets are never
 * removed: they go with their Gateway.
 */
export function infrastructureRules(): readonly PolicyRule[] {
  const removable = ['get', 'create', 'patch', 'delete'];
  return [
    { apiGroups: [''], resources: ['services', 'serviceaccounts'], verbs: removable },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: removable },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: removable },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch'] },
  ];
}
