import { Composer, type Document, Parser } from 'yaml';
import type { FolderLimits } from '../limits.ts';
import { type ConvertedDocument, convertDocument } from './convert.ts';

/** Why a text is not a document, at an offset of the text. */
export interface SyntaxProblem {
  readonly message: string;
  readonly offset: number;
}

/** Either the documents of a text, or why it has none. One `---` document is one, unless `...` ends it early. */
export type ParsedText =
  | { readonly type: 'documents'; readonly documents: readonly ConvertedDocument[] }
  | { readonly type: 'malformed'; readonly problem: SyntaxProblem };

// Scalars stay text, so that `readPlain` alone decides what they mean.
const options = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

// All but the printable characters of YAML (section 5.1).
const notPrintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** Parses the text of one document as Kubernetes reads YAML; JSON is part of that. Never throws on any text. */
export function parseYaml(text: string, limits: FolderLimits): ParsedText {
  if (text.length > limits.documentSize) {
    return malformed(`the document is larger than ${limits.documentSize} characters`, 0);
  }
  const control = text.search(notPrintable);
  if (control >= 0) return malformed('control characters are not allowed', control);
  const nested = nestedTooDeep(text, limits.depth);
  if (nested !== null) return malformed(tooDeep(limits), nested);
  try {
    return convertAll(text, limits);
  } catch (cause) {
    // The composer recurses; block maps and lists can exhaust its stack in ways that cannot be counted beforehand.
    if (cause instanceof RangeError) return malformed(tooDeep(limits), 0);
    throw cause;
  }
}

function convertAll(text: string, limits: FolderLimits): ParsedText {
  const documents: ConvertedDocument[] = [];
  for (const document of new Composer(options).compose(new Parser().parse(text), true, text.length)) {
    const error = document.errors[0];
    if (error?.code === 'RESOURCE_EXHAUSTION') return malformed(tooDeep(limits), error.pos[0]);
    if (error !== undefined) return malformed(lowerFirst(error.message), error.pos[0]);
    if (document.contents === null) continue;
    const converted = convertDocument(document as Document.Parsed, limits);
    if (converted.problem !== null) return { type: 'malformed', problem: converted.problem };
    documents.push(converted);
  }
  return { type: 'documents', documents };
}

function malformed(message: string, offset: number): ParsedText {
  return { type: 'malformed', problem: { message, offset } };
}

/**
 * The offset of the bracket or dash that nests deeper than a limit by a count that never falls short of the true depth:
 * brackets within scalars count too, so the limit that is applied here is generous.
 */
function nestedTooDeep(text: string, depth: number): number | null {
  const generous = depth * 20;
  let open = 0;
  const token = /[{[\]}]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    open += match[0] === '{' || match[0] === '[' ? 1 : -1;
    if (open > generous) return match.index;
    if (open < 0) open = 0;
  }
  return null;
}

const tooDeep = (limits: FolderLimits): string => `maps and lists are nested deeper than ${limits.depth}`;
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
