import type { Finding } from '../../../model/finding.ts';
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

export const encodeFindings = (findings: readonly Finding[]): Uint8Array => text.encode(JSON.stringify(findings));

/** Findings that one pod may have at once, and characters of a sentence in one. */
const bounds = { findings: 1_000, text: 2_000 };

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
