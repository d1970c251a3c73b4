import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, RefusedObject, Resource } from '../../resources/object.ts';
import type { Candidate, FileState } from './file.ts';

/** An object in force, with what must be remembered of it. */
export interface CurrentObject {
  readonly candidate: Candidate;
  readonly resource: Resource;
}

/** The same object in a second place, which does not count. */
export interface Repetition {
  readonly candidate: Candidate;
  readonly winner: Candidate;
}

export interface Objects {
  readonly current: ReadonlyMap<string, CurrentObject>;
  readonly repetitions: readonly Repetition[];
  /** Of which no version is in force. */
  readonly refused: readonly RefusedObject[];
}

export const noObjects: Objects = { current: new Map(), repetitions: [], refused: [] };

/**
 * Decides which object of each name is in force: what a file says now comes before what another one last said, then the
 * first file by path counts, then the first place in it.
 *
 * `metadata.generation` starts at what the file says, else at 1, and counts the changes to anything but metadata and
 * status since the object appeared, as the API server does. A `creationTimestamp` is kept if written and never made up:
 * objects without one are all of the same age, older than any with one, so that precedence follows the name.
 */
export function collectObjects(files: readonly FileState[], previous: Objects): Objects {
  const winners = new Map<string, Candidate>();
  const repetitions: Repetition[] = [];
  for (const { given, repeated } of files) {
    for (const candidate of [...given.values(), ...repeated]) {
      if (candidate.retained) continue;
      const { key } = candidate.read;
      const winner = winners.get(key);
      if (winner === undefined) winners.set(key, candidate);
      else repetitions.push({ candidate, winner });
    }
  }
  for (const { given } of files) {
    for (const [key, candidate] of given) {
      if (candidate.retained && !winners.has(key)) winners.set(key, candidate);
    }
  }
  const current = new Map<string, CurrentObject>();
  for (const [key, candidate] of winners) current.set(key, currentObject(candidate, previous.current.get(key)));
  const refused = files
    .flatMap((file) => file.refused)
    .filter(({ keys }) => !keys.some((key) => current.has(key)))
    .map(({ object }) => object);
  return { current, repetitions, refused };
}

/** An unchanged object at an unchanged place is the same `Resource`; at another place it is the same object in it. */
function currentObject(candidate: Candidate, before: CurrentObject | undefined): CurrentObject {
  if (before?.candidate === candidate) return before;
  const { reference, object } = candidate.read;
  const { provenance } = candidate;
  if (before === undefined) {
    return { candidate, resource: { reference, object: withGeneration(object, firstGeneration(object)), provenance } };
  }
  const last = before.resource.object;
  if (before.candidate.read === candidate.read) return { candidate, resource: { reference, object: last, provenance } };
  const changed = !isDeepStrictEqual(desiredOf(object), desiredOf(last));
  const generation = Math.max((last.metadata.generation ?? 1) + (changed ? 1 : 0), object.metadata.generation ?? 1);
  const next = withGeneration(object, generation);
  return { candidate, resource: { reference, object: isDeepStrictEqual(next, last) ? last : next, provenance } };
}

const firstGeneration = (object: KubernetesObject): number => object.metadata.generation ?? 1;

function withGeneration(object: KubernetesObject, generation: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, generation } };
}

/** All that a change of counts as a new generation. */
function desiredOf(object: KubernetesObject): Readonly<Record<string, unknown>> {
  return { ...object, metadata: null, status: null };
}
