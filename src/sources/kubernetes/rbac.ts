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

/** As Kubernetes' documentation has them. */
const orderOfVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** The same rights in as few rules as a person likes to read: one for the resources of a group that have the same verbs. */
export function summarizeRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const named = rules.filter(({ resourceNames }) => resourceNames !== undefined);
  const verbsOf = new Map<string, Map<string, Set<string>>>();
  for (const { apiGroups, resources, verbs, resourceNames } of rules) {
    if (resourceNames !== undefined) continue;
    for (const group of apiGroups) {
      const ofGroup = verbsOf.get(group) ?? new Map<string, Set<string>>();
      verbsOf.set(group, ofGroup);
      for (const resource of resources) {
        ofGroup.set(resource, new Set([...(ofGroup.get(resource) ?? []), ...verbs]));
      }
    }
  }
  const summarized = [...verbsOf].flatMap(([group, ofGroup]) => {
    const together = Map.groupBy(ofGroup, ([, verbs]) => orderOfVerbs.filter((verb) => verbs.has(verb)).join());
    return [...together].map(([verbs, entries]) => ({
      apiGroups: [group],
      resources: entries.map(([resource]) => resource),
      verbs: verbs.split(','),
    }));
  });
  return [...summarized, ...named];
}
