import type { Provenance, RefusedObject } from '../../resources/object.ts';
import { type ReadDocument, type ReadObject, type ReadRefusal, readDocument } from './document.ts';
import { hide } from './hidden.ts';
import type { FolderLimits } from './limits.ts';
import type { ValidateObject } from './validator.ts';
import { splitDocuments } from './yaml/split.ts';
import { type Spot, spotOf } from './yaml/spot.ts';

/** A document at its place in a file. */
export interface PlacedDocument {
  readonly text: string;
  /** Lines of the file before it. */
  readonly line: number;
  readonly document: ReadDocument;
}

/** An object that a file gives. The same value from one reading to the next while text and place are the same. */
export interface Candidate {
  readonly file: string;
  readonly read: ReadObject;
  readonly line: number;
  readonly provenance: Provenance;
  /** Whether the file no longer says so, but what it says instead was refused. */
  readonly retained: boolean;
}

/** An object of a file that was refused, with the keys that it may have. */
export interface RefusedCandidate {
  readonly keys: readonly string[];
  readonly object: RefusedObject;
}

/** What is known of a file after it was read. */
export interface FileState {
  readonly path: string;
  readonly text: string;
  readonly documents: readonly PlacedDocument[];
  /** By object key, in the order of the file: the first of equal keys, then what is retained. */
  readonly given: ReadonlyMap<string, Candidate>;
  /** Objects that stand in the file again, after the first. */
  readonly repeated: readonly Candidate[];
  readonly refused: readonly RefusedCandidate[];
}

/**
 * Reads a file's text. What the previous state knows of equal documents is used again, so that one change in a file of a
 * thousand documents costs one document.
 *
 * An object that is refused leaves its last good version in force. A document of which nothing is known (it does not
 * parse, or its kind is unknown or missing) leaves every object in force that the file gave before and does not give now.
 */
export function readText(
  path: string,
  text: string,
  previous: FileState | undefined,
  validate: ValidateObject,
  limits: FolderLimits,
): FileState {
  const known = new Map(previous?.documents.map((placed) => [placed.text, placed]));
  const documents = splitDocuments(text).map((chunk): PlacedDocument => {
    const before = known.get(chunk.text);
    if (before !== undefined && before.line === chunk.line) return before;
    return { ...chunk, document: before?.document ?? readDocument(chunk.text, validate, limits) };
  });
  const given = new Map<string, Candidate>();
  const repeated: Candidate[] = [];
  for (const placed of documents) {
    for (const read of placed.document.objects) {
      const candidate = place(path, placed, read, previous);
      if (given.has(read.key)) repeated.push(candidate);
      else given.set(read.key, candidate);
    }
  }
  for (const candidate of retain(documents, given, previous)) given.set(candidate.read.key, candidate);
  const refused = documents.flatMap((placed) =>
    placed.document.refused.map((refusal) => placeRefusal(path, placed, refusal)),
  );
  return { path, text, documents, given, repeated, refused };
}

function place(path: string, placed: PlacedDocument, read: ReadObject, previous: FileState | undefined): Candidate {
  const before = previous?.given.get(read.key);
  if (before?.read === read && before.line === placed.line && !before.retained) return before;
  return { file: path, read, line: placed.line, provenance: provenanceOf(path, placed, read.spot), retained: false };
}

function placeRefusal(path: string, placed: PlacedDocument, { keys, spot, ...refusal }: ReadRefusal): RefusedCandidate {
  return { keys, object: { ...refusal, provenance: provenanceOf(path, placed, spot) } };
}

function provenanceOf(file: string, { document, line: before }: PlacedDocument, spot: Spot): Provenance {
  return {
    file,
    position(field) {
      const { line, column } = document.lines.position(spotOf(spot, field).offset);
      return { line: before + line, column };
    },
  };
}

/** The positions of a retained object are gone with the text that they pointed into. */
function retain(
  documents: readonly PlacedDocument[],
  given: ReadonlyMap<string, Candidate>,
  previous: FileState | undefined,
): readonly Candidate[] {
  if (previous === undefined) return [];
  const unreadable = documents.some(({ document }) => document.unreadable);
  const refused = new Set(documents.flatMap(({ document }) => document.refused.flatMap(({ keys }) => keys)));
  return [...previous.given.values()]
    .filter(({ read: { key } }) => !given.has(key) && (unreadable || refused.has(key)))
    .map((candidate) =>
      candidate.retained
        ? candidate
        : { ...candidate, provenance: { file: candidate.file, position: () => null }, retained: true },
    );
}

const excerpts = new WeakMap<FileState, string>();

/** The text for excerpts, with the values of Secrets made unreadable. */
export function textForExcerpts(state: FileState): string {
  if (state.documents.every(({ document }) => document.hidden.length === 0)) return state.text;
  const known = excerpts.get(state) ?? hideSecrets(state);
  excerpts.set(state, known);
  return known;
}

function hideSecrets({ text, documents }: FileState): string {
  const parts: string[] = [];
  let at = 0;
  for (const placed of documents) {
    const start = text.indexOf(placed.text, at);
    parts.push(text.slice(at, start), hide(placed.text, placed.document.hidden));
    at = start + placed.text.length;
  }
  return [...parts, text.slice(at)].join('');
}
