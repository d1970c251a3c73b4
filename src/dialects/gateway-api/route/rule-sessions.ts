import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { SessionPersistence } from '../../../model/session.ts';
import type { HTTPRouteRule } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { type Fault, findingOf } from './fault.ts';
import type { RuleBackend } from './rule.ts';
import { readSessionPersistence, scopeOf } from './session-persistence.ts';

/** The sessions of a rule. */
export interface ReadSessions {
  /** Absent where none are kept. */
  readonly sessions?: SessionPersistence;
  /** Why the rule is refused. */
  readonly faults: readonly Fault[];
  readonly notes: readonly Finding[];
}

/**
 * Where a rule keeps sessions: as it says itself, else as the first XBackend says that it leads to and that keeps any. What
 * counts, counts for all backends of the rule: a session that may begin at each must stay at each.
 */
export function readSessions(
  route: Resource,
  index: number,
  { name, sessionPersistence }: Pick<HTTPRouteRule, 'name' | 'sessionPersistence'>,
  backends: readonly RuleBackend[],
): ReadSessions {
  const scope = scopeOf(route, index, name);
  if (sessionPersistence !== undefined) {
    const read = readSessionPersistence(sessionPersistence, scope, `spec.rules[${index}].sessionPersistence`);
    if (read.type === 'invalid') return { faults: [read.fault], notes: [] };
    return { sessions: read.sessions, faults: [], notes: [] };
  }
  // What is wrong with what an XBackend says is told of the XBackend.
  const [first, ...others] = backends.flatMap(({ ref }, position) => {
    if (ref.type !== 'port' || ref.target.type !== 'xbackend') return [];
    const { backend } = ref.target;
    const stated = backend.object.spec.sessionPersistence;
    const read = stated === undefined ? null : readSessionPersistence(stated, scope, '');
    return read?.type === 'sessions' ? [{ backend, sessions: read.sessions, position }] : [];
  });
  if (first === undefined) return { faults: [], notes: [] };
  const different = others.filter(({ sessions }) => JSON.stringify(sessions) !== JSON.stringify(first.sessions));
  const notes = different.map(({ backend, position }) =>
    findingOf(route, {
      severity: 'warning',
      reason: 'ConflictingSessions',
      message: `${describeObject(first.backend.reference)} and ${describeObject(backend.reference)} keep sessions in different ways`,
      effect: `all requests of rule ${index} have those of ${describeObject(first.backend.reference)}`,
      remedy: 'state sessionPersistence in the rule',
      field: `spec.rules[${index}].backendRefs[${position}]`,
    }),
  );
  return { sessions: first.sessions, faults: [], notes };
}
