import type { PolicyRule } from '../../src/sources/kubernetes/rbac.ts';

/** The part of an event of the API server's audit log (audit.k8s.io/v1) that is of interest here. */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an account asked for, by what it takes to be allowed to: `patch gateway.networking.k8s.io/gateways/status`. */
export interface Requests {
  readonly allowed: ReadonlySet<string>;
  /** The same, and of what object. One that was allowed later is not here: roles need a moment to come into force. */
  readonly forbidden: ReadonlySet<string>;
}

/** Reads the lines of an audit log. Requests that are about no resource, such as discovery, take no right of a role. */
export function requestsOf(log: string, account: string): Requests {
  const allowed = new Set<string>();
  const refused = new Set<string>();
  const granted = new Set<string>();
  // What comes after the last end of a line is being written at this moment.
  for (const line of log.slice(0, Math.max(0, log.lastIndexOf('\n'))).split('\n')) {
    if (line === '') continue;
    const { verb, user, objectRef, responseStatus, annotations } = JSON.parse(line) as AuditEvent;
    if (user.username !== account || objectRef?.resource === undefined) continue;
    const { apiGroup = '', resource, subresource, namespace = '', name = '' } = objectRef;
    const target = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    const request = `${verb} ${target} ${namespace}/${name}`;
    if (annotations?.['authorization.k8s.io/decision'] === 'forbid') {
      refused.add(request);
      continue;
    }
    granted.add(request);
    allowed.add(`${verb} ${target}`);
    // Server-side apply of an object that was not there.
    if (verb === 'patch' && responseStatus?.code === 201) allowed.add(`create ${target}`);
  }
  return { allowed, forbidden: new Set([...refused].filter((request) => !granted.has(request))) };
}

/** The rights that nothing was asked for by, in the form of `Requests`. */
export function unusedRights(rules: readonly PolicyRule[], used: ReadonlySet<string>): readonly string[] {
  return [...new Set(rules.flatMap(rightsOf))].filter((right) => !used.has(right));
}

const rightsOf = ({ apiGroups, resources, verbs }: PolicyRule): readonly string[] =>
  apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)));
