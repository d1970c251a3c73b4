import type { Severity } from '../../model/finding.ts';
import { noObject, type ObjectReference } from '../../model/origin.ts';
import { messageOf } from '../../model/thrown.ts';
import type { KubernetesObject } from '../../resources/object.ts';
import { isRecord, type PlainRecord } from '../../resources/plain-record.ts';
import type { Validation, Violation } from '../../resources/schema/validate.ts';
import { hiddenRanges, hiddenRangesOfUnknown, type Range } from './hidden.ts';
import type { FolderLimits } from './limits.ts';
import { listItems, objectKey, possibleKeys, referenceOf, statedReference } from './stated.ts';
import { suspectKind } from './suspect-kind.ts';
import type { ValidateObject } from './validator.ts';
import type { DuplicateKey } from './yaml/convert.ts';
import { parseYaml } from './yaml/parse.ts';
import { LineTable, type Spot, spotOf } from './yaml/spot.ts';

/** An object of a document that passed its schema. */
export interface ReadObject {
  readonly key: string;
  readonly reference: ObjectReference;
  readonly object: KubernetesObject;
  readonly spot: Spot;
}

/** An object of a document that was refused. */
export interface ReadRefusal {
  /** The keys that it may have; none for one without a name. */
  readonly keys: readonly string[];
  readonly reference: ObjectReference;
  readonly spec: unknown;
  readonly spot: Spot;
  /** The first thing that is wrong with it, rather with a field than with the whole, and its field. */
  readonly message: string;
  readonly field: string;
}

/** Something wrong within a document, at a place of its text. */
export interface DocumentProblem {
  readonly severity: Severity;
  readonly reason: 'SyntaxError' | 'NotAnObject' | 'InvalidObject' | 'UnknownKind' | 'InternalError';
  readonly message: string;
  readonly remedy: string;
  readonly reference: ObjectReference;
  readonly field: string;
  readonly offset: number;
}

/** What one document holds. Depends on its text alone, so it is remembered by that. */
export interface ReadDocument {
  readonly objects: readonly ReadObject[];
  readonly problems: readonly DocumentProblem[];
  /** What these objects last were stays in force. */
  readonly refused: readonly ReadRefusal[];
  /** Whether it is unknown which objects the document should hold: every object of its file stays in force. */
  readonly unreadable: boolean;
  readonly lines: LineTable;
  /** Offsets of what an excerpt must not show: the values of Secrets. */
  readonly hidden: readonly Range[];
}

/** Reads, unwraps lists and validates. */
export function readDocument(text: string, validate: ValidateObject, limits: FolderLimits): ReadDocument {
  const reading = new Reading(validate);
  const parsed = parseYaml(text, limits);
  if (parsed.type === 'malformed') {
    reading.unreadable = true;
    reading.problems.push({
      severity: 'error',
      reason: 'SyntaxError',
      message: `this is not YAML: ${parsed.problem.message}`,
      remedy: 'correct the document; the other documents of the file are read all the same',
      reference: noObject,
      field: '',
      // What is missing at the end of a document is missing after its last character, not on the next one's first line.
      offset: Math.min(parsed.problem.offset, text.trimEnd().length),
    });
  } else {
    for (const { value, spot, duplicates } of parsed.documents) reading.read(value, spot, duplicates);
  }
  const { objects, problems, refused, unreadable, secrets } = reading;
  const hidden = parsed.type === 'malformed' ? hiddenRangesOfUnknown(text) : hiddenRanges(text, secrets);
  return { objects, problems, refused, unreadable, lines: new LineTable(text), hidden };
}

class Reading {
  readonly objects: ReadObject[] = [];
  readonly problems: DocumentProblem[] = [];
  readonly refused: ReadRefusal[] = [];
  readonly secrets: Spot[] = [];
  unreadable = false;
  readonly #validate: ValidateObject;

  constructor(validate: ValidateObject) {
    this.#validate = validate;
  }

  read(value: unknown, spot: Spot, duplicates: readonly DuplicateKey[]): void {
    if (value === null) return;
    if (!isRecord(value)) {
      this.#report(notAnObject, 'this is not a Kubernetes object: it is not a map', noObject, '', spot);
      this.unreadable = true;
      return;
    }
    const list = listItems(value, spot);
    if (list === null) {
      this.#readObject(value, spot, duplicates);
      return;
    }
    for (const [index, item] of list.entries()) this.read(item.value, item.spot, duplicatesOfItem(duplicates, index));
  }

  #readObject(value: PlainRecord, spot: Spot, duplicates: readonly DuplicateKey[]): void {
    const stated = statedReference(value);
    if (stated.kind === 'Secret') this.secrets.push(spot);
    if (stated.kind === '' || stated.apiVersion === '') {
      this.#readNameless(value, stated, spot);
      return;
    }
    const told = this.problems.length;
    const result = this.#validateSafely(value, stated, spot);
    if (result?.type === 'unknown-kind') {
      this.#readUnknown(value, stated, spot);
      return;
    }
    for (const { field, offset } of duplicates) {
      const message = `strict decoding error: duplicate field "${field}"`;
      this.problems.push({ ...invalidObject, message, reference: stated, field, offset });
    }
    if (result?.type === 'invalid') {
      const { message, violations } = result;
      if (violations.length === 0) this.#report(invalidObject, message, stated, '', spot);
      for (const violation of violations) {
        this.#report(invalidObject, inServersWords(violation, message), stated, violation.field, spot);
      }
    } else if (result?.type === 'valid' && duplicates.length === 0) {
      const reference = referenceOf(result.object);
      this.objects.push({ key: objectKey(reference), reference, object: result.object, spot });
      return;
    }
    if (stated.name === '') this.unreadable = true;
    const reported = this.problems.slice(told);
    const first = reported.find(({ field }) => field !== '') ?? reported[0];
    if (first !== undefined) this.#refuse(value, stated, spot, first);
  }

  #refuse(value: PlainRecord, stated: ObjectReference, spot: Spot, { message, field }: DocumentProblem): void {
    const keys = stated.name === '' ? [] : possibleKeys(stated);
    const reference = { ...stated, namespace: stated.namespace === '' ? 'default' : stated.namespace };
    this.refused.push({ keys, reference, spec: value.spec ?? null, spot, message, field });
  }

  /** A fault of ours in one object must not keep the others from being read. */
  #validateSafely(value: PlainRecord, stated: ObjectReference, spot: Spot): Validation | null {
    try {
      return this.#validate(value);
    } catch (cause) {
      const detail = messageOf(cause);
      this.#report(internalError, `the object could not be validated: ${detail}`, stated, '', spot);
      return null;
    }
  }

  /** A map without kind and version is likely some tool's own file; with one of them it is an object cut short. */
  #readNameless(value: PlainRecord, stated: ObjectReference, spot: Spot): void {
    const missing = ['apiVersion', 'kind'].filter((field) => typeof value[field] !== 'string' || value[field] === '');
    const message = `error validating data: ${missing.map((field) => `${field} not set`).join(', ')}`;
    const foreign = missing.length === 2 && value.metadata === undefined;
    this.#report(foreign ? foreignFile : notAnObject, message, stated, '', spot);
    if (!foreign) this.unreadable = true;
  }

  #readUnknown(value: PlainRecord, stated: ObjectReference, spot: Spot): void {
    const suspicion = suspectKind(stated);
    if (suspicion === null) return;
    const { meant, ...told } = suspicion;
    const { offset } = spotOf(spot, told.field);
    const problem: DocumentProblem = { ...told, reason: 'UnknownKind', reference: stated, offset };
    this.problems.push(problem);
    if (meant !== null) this.#refuse(value, { ...stated, ...meant }, spot, problem);
    // A misspelt kind is an edit that went wrong, so what the document last held must not vanish.
    this.unreadable = true;
  }

  #report(problem: ProblemKind, message: string, reference: ObjectReference, field: string, spot: Spot): void {
    this.problems.push({ ...problem, message, reference, field, offset: spotOf(spot, field).offset });
  }
}

type ProblemKind = Pick<DocumentProblem, 'severity' | 'reason' | 'remedy'>;

const invalidObject: ProblemKind = {
  severity: 'error',
  reason: 'InvalidObject',
  remedy: 'correct the field: the API server would refuse the object too',
};
const internalError: ProblemKind = {
  severity: 'error',
  reason: 'InternalError',
  remedy: 'report this as a fault of Farside, with the object',
};
const notAnObject: ProblemKind = {
  severity: 'error',
  reason: 'NotAnObject',
  remedy: 'give it apiVersion, kind and metadata',
};
const foreignFile: ProblemKind = {
  severity: 'info',
  reason: 'NotAnObject',
  remedy: 'nothing, if it is not meant for the gateway; otherwise give it apiVersion, kind and metadata',
};

/** The part of an answer of the API server that speaks of one field, as the answer puts it. */
function inServersWords({ field, message }: Violation, answer: string): string {
  if (answer.includes(`strict decoding error`)) return `strict decoding error: ${message}`;
  // A fault of the whole object has no field to be named.
  return field !== '' && answer.includes(`${field}: ${message}`) ? `${field}: ${message}` : message;
}

function duplicatesOfItem(duplicates: readonly DuplicateKey[], index: number): readonly DuplicateKey[] {
  const prefix = `items[${index}].`;
  return duplicates
    .filter(({ field }) => field.startsWith(prefix))
    .map(({ field, offset }) => ({ field: field.slice(prefix.length), offset }));
}
