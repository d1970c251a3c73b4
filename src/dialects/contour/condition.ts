import type { Note, Notes } from './notes.ts';

/** The API server refuses longer messages. */
const longestMessage = 32_760;

/** A condition of Contour's kind, with its reasons in detail (projectcontour.io/v1 DetailedCondition). */
export interface DetailedCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly errors?: readonly SubCondition[];
  readonly warnings?: readonly SubCondition[];
}

interface SubCondition {
  readonly type: string;
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/**
 * The `Valid` condition of an object. With errors its own reason and message only point to them; warnings change neither.
 *
 * @param message of an object that is valid
 * @param now RFC 3339
 */
export function validCondition(notes: Notes, message: string, now: string): DetailedCondition {
  const { errors, warnings } = notes;
  return {
    type: 'Valid',
    ...(errors.length === 0
      ? { status: 'True', reason: 'Valid', message }
      : {
          status: 'False',
          reason: 'ErrorPresent',
          message: 'At least one error present, see Errors for details',
        }),
    observedGeneration: notes.subject.object.metadata.generation ?? 1,
    lastTransitionTime: now,
    ...(errors.length === 0 ? {} : { errors: errors.map(subCondition) }),
    ...(warnings.length === 0 ? {} : { warnings: warnings.map(subCondition) }),
  };
}

function subCondition({ type, reason, message }: Note): SubCondition {
  return { type, status: 'True', reason, message: message.slice(0, longestMessage) };
}
