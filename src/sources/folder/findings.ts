import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../model/finding.ts';
import { describeObject, describePosition, nowhere, type Origin } from '../../model/origin.ts';
import type { DocumentProblem } from './document.ts';
import type { Candidate, FileState, PlacedDocument } from './file.ts';
import type { Repetition } from './objects.ts';
import type { ScanProblem } from './scan.ts';
import { objectKey, possibleKeys } from './stated.ts';

/** What is wrong within a file, with what stays in force all the same. */
export function findingsOfFile(state: FileState): readonly Finding[] {
  const retained = [...state.given.values()].filter((candidate) => candidate.retained);
  return state.documents.flatMap((placed) =>
    placed.document.problems.map((problem) => findingOf(problem, placed, state.path, retained)),
  );
}

function findingOf(
  problem: DocumentProblem,
  placed: PlacedDocument,
  file: string,
  retained: readonly Candidate[],
): Finding {
  const { severity, reason, message, remedy, reference, field, offset } = problem;
  const { line, column } = placed.document.lines.position(offset);
  const origin: Origin = { ...reference, field, file, line: placed.line + line, column };
  const effect = severity === 'info' ? undefined : effectOf(problem, retained);
  return { severity, reason, message, remedy, origin, ...(effect === undefined ? {} : { effect }) };
}

function effectOf({ reference, reason }: DocumentProblem, retained: readonly Candidate[]): string | undefined {
  const keys = possibleKeys(reference);
  const own = retained.find(({ read }) => keys.includes(read.key));
  if (own !== undefined) return `${describeObject(own.read.reference)} stays in force as it last was`;
  if (reason === 'InvalidObject') return `${describeObject(reference)} is not in force`;
  if (retained.length === 0) return undefined;
  const names = retained.slice(0, 5).map(({ read }) => describeObject(read.reference));
  const more = retained.length > names.length ? ` and ${retained.length - names.length} more` : '';
  return `${names.join(', ')}${more}, which the file no longer gives, stay in force as they last were`;
}

/** The same object in two places. Where both say the same there is nothing to correct but the repetition. */
export function findingOfRepetition({ candidate, winner }: Repetition): Finding {
  const { reference, object } = candidate.read;
  const same = isDeepStrictEqual(object, winner.read.object);
  const first = describePosition(originOf(winner));
  return {
    severity: same ? 'info' : 'error',
    reason: 'DuplicateObject',
    message: `${describeObject(reference)} is in ${first} already`,
    effect: same ? 'none: both say the same' : `what ${first} says counts`,
    remedy: 'remove one of the two, or give it another name',
    origin: originOf(candidate),
  };
}

function originOf({ read, provenance }: Candidate): Origin {
  const position = provenance.position('metadata.name');
  const { line, column } = position ?? { line: null, column: null };
  return { ...read.reference, field: '', file: provenance.file, line, column };
}

export function findingOfScan({ path, reason, message }: ScanProblem, known: boolean): Finding {
  return {
    severity: 'error',
    reason,
    message,
    ...(known ? { effect: 'the objects that it last gave stay in force' } : {}),
    remedy: remedies[reason],
    origin: { ...nowhere, file: path },
  };
}

const remedies: Readonly<Record<ScanProblem['reason'], string>> = {
  PathNotFound: 'make it, or start with another path',
  BrokenLink: 'point the link to a file that exists, or remove it',
  Unreadable: 'let the gateway read it, or move it away',
  TooManyFiles: 'move files away that hold nothing for the gateway',
  TooDeep: 'move the folder up',
};

/** Orders findings the same way however they came about. */
export function byPlace(a: Finding, b: Finding): number {
  return (
    compare(a.origin.file ?? '', b.origin.file ?? '') ||
    (a.origin.line ?? 0) - (b.origin.line ?? 0) ||
    (a.origin.column ?? 0) - (b.origin.column ?? 0) ||
    compare(objectKey(a.origin), objectKey(b.origin)) ||
    compare(a.message, b.message)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
