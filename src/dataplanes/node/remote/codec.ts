import type { Finding } from '../../../model/finding.ts';
import { nowhere } from '../../../model/origin.ts';
import type { Delta } from '../delta.ts';

const text = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Holds private keys: never log it. */
export const encodeDelta = (delta: Delta): Uint8Array => text.encode(JSON.stringify(delta));

/** Reads what the controller wrote. Throws for anything that is no delta, without quoting it. */
export function decodeDelta(bytes: Uint8Array): Delta {
  const value = parse(bytes);
  if (!isDelta(value)) throw new Error('the update is no delta');
  return value;
}

/** Findings that one pod may have at once, characters of a sentence in one, and bytes of all, well below those of a message. */
const bounds = { findings: 1_000, text: 2_000, bytes: 512 * 1024 };

/** The first of the findings, as many as there is room for, and how many more there are. */
export function encodeFindings(findings: readonly Finding[]): Uint8Array {
  const said: string[] = [];
  let room = bounds.bytes;
  for (const finding of findings) {
    const encoded = JSON.stringify(finding);
    room -= Buffer.byteLength(encoded);
    if (room < 0 || said.length === bounds.findings - 1) break;
    said.push(encoded);
  }
  const left = findings.length - said.length;
  if (left > 0) said.push(JSON.stringify(moreFindings(left)));
  return text.encode(`[${said.join()}]`);
}

const moreFindings = (count: number): Finding => ({
  severity: 'warning',
  reason: 'MoreFindings',
  message: `${count} more findings of a pod are not told here`,
  remedy: "look at /api/status of the pods' admin servers",
  origin: nowhere,
});

/** What a pod says of itself is shown in status and logs, so its shape and size are checked. Others are left out. */
export function decodeFindings(bytes: Uint8Array): readonly Finding[] {
  const value = bytes.length === 0 ? [] : parse(bytes);
  return Array.isArray(value) ? value.filter(isFinding).slice(0, bounds.findings) : [];
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown;
  } catch {
    // The cause would quote the content.
    throw new Error('the message is not JSON');
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The controller is authenticated, and a model is what it says: the values of its tables are not checked again. */
const isDelta = (value: unknown): value is Delta =>
  isRecord(value) && isRecord(value.model) && isRecord(value.keys) && [value.model, value.keys].every(areTables);

const areTables = (tables: Readonly<Record<string, unknown>>): boolean =>
  Object.values(tables).every((table) => isRecord(table) && isRecord(table.set) && Array.isArray(table.removed));

const words = ['reason', 'message', 'remedy'] as const;
const severities: readonly unknown[] = ['error', 'warning', 'info'];
const originFields = ['apiVersion', 'kind', 'namespace', 'name', 'field'] as const;

const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= bounds.text;

function isFinding(value: unknown): value is Finding {
  if (!isRecord(value) || !isRecord(value.origin)) return false;
  const { origin } = value;
  return (
    severities.includes(value.severity) &&
    words.every((name) => isText(value[name])) &&
    (value.effect === undefined || isText(value.effect)) &&
    originFields.every((name) => isText(origin[name]))
  );
}
