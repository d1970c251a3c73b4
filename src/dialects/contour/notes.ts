import type { Finding } from '../../model/finding.ts';
import type { Resource } from '../../resources/object.ts';
import { originOf } from '../../resources/set.ts';

/** The types of sub-conditions that an HTTPProxy may have (projectcontour.io/v1 DetailedCondition). */
export type NoteType =
  | 'CORSError'
  | 'IPFilterError'
  | 'IncludeError'
  | 'ListenerError'
  | 'Orphaned'
  | 'PrefixReplaceError'
  | 'RootNamespaceError'
  | 'RouteError'
  | 'ServiceError'
  | 'SpecError'
  | 'TCPProxyError'
  | 'TCPProxyIncludeError'
  | 'TLSError'
  | 'VirtualHostError';

/** Something that is wrong with an object, or deserves a look: an entry of its condition, and a finding. */
export interface Note {
  readonly type: NoteType;
  readonly reason: string;
  /** The peer's own words where it has some: tools and people match on them. */
  readonly message: string;
  readonly remedy: string;
  /** Path within the object. */
  readonly field: string;
  /** What follows for traffic. */
  readonly effect?: string;
}

/** What is said about one object in the course of a translation, in the order in which it is found. */
export class Notes {
  readonly subject: Resource;
  readonly #errors = new Map<string, Note>();
  readonly #warnings = new Map<string, Note>();

  constructor(subject: Resource) {
    this.subject = subject;
  }

  /** An object that is included several times says the same each time; it is told once. */
  error(note: Note): void {
    this.#errors.set(`${note.type} ${note.reason} ${note.message}`, note);
  }

  warn(note: Note): void {
    this.#warnings.set(`${note.type} ${note.reason} ${note.message}`, note);
  }

  get errors(): readonly Note[] {
    return [...this.#errors.values()];
  }

  get warnings(): readonly Note[] {
    return [...this.#warnings.values()];
  }

  /** These notes and further errors. */
  with(errors: readonly Note[]): Notes {
    if (errors.length === 0) return this;
    const both = new Notes(this.subject);
    for (const note of [...this.errors, ...errors]) both.error(note);
    for (const note of this.warnings) both.warn(note);
    return both;
  }

  get isValid(): boolean {
    return this.#errors.size === 0;
  }

  get findings(): readonly Finding[] {
    return [
      ...this.errors.map((note) => this.#finding('error', note)),
      ...this.warnings.map((note) => this.#finding('warning', note)),
    ];
  }

  #finding(severity: Finding['severity'], { reason, message, remedy, field, effect }: Note): Finding {
    const origin = originOf(this.subject, field);
    return { severity, reason, message, ...(effect === undefined ? {} : { effect }), remedy, origin };
  }
}
