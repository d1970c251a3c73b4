/** One document of a stream, as text. */
export interface Chunk {
  readonly text: string;
  /** Lines of the file before the chunk. */
  readonly line: number;
}

/**
 * Cuts a file into documents at the lines that start with `---`, so that each can be parsed, remembered and refused on
 * its own. A marker line stays with the document that it opens, because content may follow it (`--- {a: b}`).
 *
 * The cut agrees with YAML 1.1 section 4.3.1 (c-document-start at the first column ends even an open scalar) and, for
 * documents as people write them, with kubectl, which cuts at the same place. JSON files are cut between their top-level
 * values, since kubectl reads a stream of those too.
 */
export function splitDocuments(text: string): readonly Chunk[] {
  return startsAsJson(text) && nextMarker(text, 0) < 0 ? splitJson(text) : splitYaml(text);
}

function splitYaml(text: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  let line = 0;
  for (let marker = nextMarker(text, 0); ; marker = nextMarker(text, marker + 3)) {
    const end = marker < 0 ? text.length : marker;
    const chunk = text.slice(start, end);
    if (hasContent(chunk)) chunks.push({ text: chunk, line });
    if (marker < 0) return chunks;
    line += countLines(chunk);
    start = marker;
  }
}

/** The offset of the next `---` that opens a document, or -1. */
function nextMarker(text: string, from: number): number {
  for (let at = text.indexOf('---', from); at >= 0; at = text.indexOf('---', at + 1)) {
    if ((at === 0 || text[at - 1] === '\n') && endsMarker(text, at + 3)) return at;
  }
  return -1;
}

function endsMarker(text: string, at: number): boolean {
  return at === text.length || ' \t\r\n'.includes(text[at] as string);
}

/** Whether there is more than comments, markers, directives and white space. */
function hasContent(chunk: string): boolean {
  return /^(?![ \t\r]*(?:#|$)|%(?:YAML|TAG)[ \t]|(?:---|\.\.\.)[ \t\r]*(?:#|$))/m.test(chunk);
}

/** Block YAML never starts with a brace, and a flow map that does needs no other cut. */
function startsAsJson(text: string): boolean {
  return /^\s*\{/.test(text);
}

function splitJson(text: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  let line = 0;
  let depth = 0;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{' || match[0] === '[') depth += 1;
    else if (match[0] === '}' || match[0] === ']') depth -= 1;
    if (depth > 0 || match[0].startsWith('"')) continue;
    if (!/^[\s,]*[{[]/.test(text.slice(token.lastIndex))) continue;
    const chunk = text.slice(start, token.lastIndex);
    chunks.push({ text: chunk, line });
    line += countLines(chunk);
    start = token.lastIndex;
  }
  if (/\S/.test(text.slice(start))) chunks.push({ text: text.slice(start), line });
  return chunks;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
