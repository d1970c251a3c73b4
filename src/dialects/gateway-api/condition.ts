import type { Finding } from '../../model/finding.ts';
import type { Condition } from '../../resources/generated/types.ts';

/** One condition without its time and generation. */
export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** How the conditions of one object come about: its generation and the time of this translation. */
export interface ConditionClock {
  readonly generation: number;
  /** RFC 3339. Whoever writes the status keeps the older time of a condition whose status is unchanged. */
  readonly now: string;
}

/** The API server refuses longer messages (metav1.Condition). */
const longestMessage = 32_768;

/** The conditions as they are written to Kubernetes, in the given order. */
export function conditions(verdicts: readonly Verdict[], clock: ConditionClock): readonly Condition[] {
  return verdicts.map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message,
    observedGeneration: clock.generation,
    lastTransitionTime: clock.now,
  }));
}

/** A condition that is true unless there are problems; the first problem gives the reason, all of them the message. */
export function unless(problems: readonly Finding[], type: string, reason: string, message: string): Verdict {
  const [first] = problems;
  if (first === undefined) return { type, status: 'True', reason, message };
  return { type, status: 'False', reason: first.reason, message: describeProblems(problems) };
}

/** What people read in a condition: each cause with its effect, and the remedy where there is one cause. */
export function describeProblems(problems: readonly Finding[]): string {
  const causes = problems.map(({ message, effect }) => (effect === undefined ? message : `${message}; ${effect}`));
  const distinct = [...new Set(causes)].join('. ');
  const [only] = problems;
  return problems.length === 1 && only !== undefined ? `${distinct}. To fix it: ${only.remedy}` : distinct;
}
