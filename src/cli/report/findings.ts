import type { Finding, Severity } from '../../model/finding.ts';
import { describeObject, describePosition, type Origin } from '../../model/origin.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** The text of the files that findings point into, by the path that origins carry. */
export type Texts = ReadonlyMap<string, string>;

const severities: readonly Severity[] = ['error', 'warning', 'info'];
const tabWidth = 2;

/**
 * Findings as a compiler prints them: cause first, then the place with an excerpt and a caret, then effect and remedy.
 * Errors come first; within a severity they keep file and line order.
 */
export function renderFindings(findings: readonly Finding[], texts: Texts, paint: Paint): string {
  return sortFindings(findings)
    .map((finding) => renderFinding(finding, texts, paint))
    .join('\n\n');
}

export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const rank = (finding: Finding): number => severities.indexOf(finding.severity);
  return [...findings].sort((a, b) => rank(a) - rank(b) || compareOrigins(a.origin, b.origin));
}

/** `2 files, 14 objects: 1 error, 1 warning`. */
export function summarise(findings: readonly Finding[], files: number, objects: number): string {
  const counts = severities
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => (severity === 'info' ? plural(count, 'note') : plural(count, severity)));
  const outcome = counts.length === 0 ? 'nothing to complain about' : counts.join(', ');
  return `${plural(files, 'file')}, ${plural(objects, 'object')}: ${outcome}`;
}

function renderFinding(finding: Finding, texts: Texts, paint: Paint): string {
  const heading = `${paint[finding.severity](`${finding.severity}[${printable(finding.reason)}]`)}: ${paint.strong(printable(finding.message))}`;
  const notes: readonly (readonly [string, string])[] = [
    ...(finding.parent === undefined ? [] : [['for', describeObject(finding.parent)] as const]),
    ...(finding.effect === undefined ? [] : [['effect', finding.effect] as const]),
    ['remedy', finding.remedy],
  ];
  return [
    heading,
    ...renderPlace(finding.origin, texts, paint),
    ...notes.map(([name, text]) => `  ${paint.faint('=')} ${name}: ${printable(text)}`),
  ].join('\n');
}

function renderPlace(origin: Origin, texts: Texts, paint: Paint): string[] {
  if (origin.file === null) {
    const field = origin.field === '' ? '' : `  ${origin.field}`;
    return [`  ${paint.faint('┌─')} ${printable(`${describeObject(origin)}${field}`)}`];
  }
  const place = `  ${paint.faint('┌─')} ${printable(describePosition(origin))}`;
  const lines = texts.get(origin.file)?.split('\n');
  if (lines === undefined || origin.line === null) return [place];
  return [place, ...renderExcerpt(lines, origin.line, origin.column, paint)];
}

/** The line itself, one line before it for context, and a caret under the value. */
function renderExcerpt(lines: readonly string[], line: number, column: number | null, paint: Paint): string[] {
  const text = lines[line - 1];
  if (text === undefined) return [];
  const gutter = String(line).length;
  const before = lines[line - 2];
  const numbered = (number: number, content: string): string =>
    `${paint.faint(`${String(number).padStart(gutter)}│`)} ${expand(content)}`;
  const excerpt = before === undefined || before.trim() === '' ? [] : [numbered(line - 1, before)];
  excerpt.push(numbered(line, text));
  if (column !== null) {
    const offset = expand(text.slice(0, column - 1)).length;
    const marked = Math.max(1, expand(markedText(text.slice(column - 1))).length);
    excerpt.push(`${' '.repeat(gutter)}${paint.faint('│')} ${' '.repeat(offset)}${paint.error('^'.repeat(marked))}`);
  }
  return excerpt;
}

/** The YAML key or scalar that starts a text: a quoted one whole, a plain one up to what ends it. */
function markedText(text: string): string {
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(text);
  if (quoted !== null) return quoted[0];
  const end = text.search(/:(?:\s|$)|\s#|[,\]}]/);
  return (end < 0 ? text : text.slice(0, end)).trimEnd();
}

/** Terminals differ in tab stops. */
const expand = (text: string): string => printable(text.replaceAll('\t', ' '.repeat(tabWidth)));

function compareOrigins(a: Origin, b: Origin): number {
  return compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
