import type { Finding } from '../../../model/finding.ts';
import type { Position, Resource } from '../../../resources/object.ts';
import { isRecord, type PlainRecord } from '../../../resources/plain-record.ts';
import { originOf } from '../../../resources/set.ts';
import { type FileKey, fileKeys } from './keys.ts';
import { readConfiguration } from './settings.ts';
import { type ConfigurationObject, ConfigurationSource, fileKind } from './source.ts';

/** A text that was read from a file, as YAML has it. */
export interface ConfigurationText {
  /** As it was named. */
  readonly path: string;
  /** Null for a file without content. */
  readonly value: unknown;
  /** Where a key stands (`tls.cipher-suites`), or the nearest one around it. */
  position(key: string): Position | null;
}

/** Something that keeps a file from being Contour's configuration. The key is empty for the whole file. */
interface KeyFault {
  readonly key: string;
  readonly message: string;
  readonly remedy: string;
}

export type ReadFile =
  | { readonly type: 'configuration'; readonly resource: Resource<ConfigurationObject> }
  /** As with the peer, one wrong key is enough. */
  | { readonly type: 'invalid'; readonly findings: readonly Finding[] };

/** Reads Contour's configuration file (`contour serve --config-path`) as the ContourConfiguration that says the same. */
export function readConfigurationFile({ path, value, position }: ConfigurationText): ReadFile {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const reference = { apiVersion: '', kind: fileKind, namespace: '', name };
  const provenance = { file: path, position };
  const faults: KeyFault[] = [];
  const spec: Record<string, unknown> = {};
  if (value === null || isRecord(value)) readKeys(value ?? {}, '', spec, faults);
  else
    faults.push({ key: '', message: 'this is no map of keys', remedy: 'write the keys of a configuration of Contour' });
  const resource: Resource<ConfigurationObject> = {
    reference,
    object: { apiVersion: '', kind: fileKind, metadata: { name }, spec },
    provenance,
  };
  const findings =
    faults.length > 0
      ? faults.map((fault) => findingOf(resource, fault))
      : readConfiguration(new ConfigurationSource(resource), false).findings.filter(isError);
  return findings.length > 0 ? { type: 'invalid', findings } : { type: 'configuration', resource };
}

const isError = ({ severity }: Finding): boolean => severity === 'error';

function findingOf(resource: Resource, { key, message, remedy }: KeyFault): Finding {
  const text = key === '' ? message : `${key}: ${message}`;
  return { severity: 'error', reason: 'ConfigurationNotValid', message: text, remedy, origin: originOf(resource, key) };
}

function readKeys(map: PlainRecord, prefix: string, spec: Record<string, unknown>, faults: KeyFault[]): void {
  for (const [name, value] of Object.entries(map)) {
    const key = `${prefix}${name}`;
    const row = fileKeys.find((each) => each.key === key);
    const isSection = row === undefined && fileKeys.some((each) => each.key.startsWith(`${key}.`));
    if (row === undefined && !isSection) faults.push(unknownKey(key));
    // A key without a value says nothing: Contour's own example has some.
    else if (value === null) continue;
    else if (row !== undefined) readValue(row, value, spec, faults);
    else if (isRecord(value)) readKeys(value, `${key}.`, spec, faults);
    else faults.push({ key, message: 'this must be a map of keys', remedy: `write keys below ${key}` });
  }
}

function readValue(
  { key, field, type }: FileKey,
  value: unknown,
  spec: Record<string, unknown>,
  faults: KeyFault[],
): void {
  const read = readers[type](value);
  if (read === undefined) {
    faults.push({ key, message: `this must be ${typeNames[type]}`, remedy: `write ${typeNames[type]}` });
  } else if (field !== '') put(spec, field.split('.'), read);
}

function put(spec: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) spec[name] = value;
  else {
    spec[name] ??= {};
    put(spec[name] as Record<string, unknown>, rest, value);
  }
}

/** Text may be written without quotes, whatever it looks like: `1.2`. */
const readText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

/** Undefined where the value is of another type. */
const readers: Readonly<Record<FileKey['type'], (value: unknown) => unknown>> = {
  text: readText,
  truth: (value) => (typeof value === 'boolean' ? value : undefined),
  number: (value) => (typeof value === 'number' ? value : undefined),
  texts(value) {
    if (!Array.isArray(value)) return undefined;
    const texts = value.map(readText);
    return texts.includes(undefined) ? undefined : texts;
  },
  'text-map'(value) {
    if (!isRecord(value)) return undefined;
    const texts = Object.entries(value).map(([name, each]) => [name, readText(each)] as const);
    return texts.some(([, text]) => text === undefined) ? undefined : Object.fromEntries(texts);
  },
  any: (value) => value,
};

const typeNames: Readonly<Record<FileKey['type'], string>> = {
  text: 'a text',
  truth: 'true or false',
  number: 'a number',
  texts: 'a list of texts',
  'text-map': 'a map of texts',
  any: 'a value',
};

function unknownKey(key: string): KeyFault {
  const nearest = nearestKey(key);
  return {
    key,
    message: 'Contour has no such key',
    remedy: nearest === null ? 'remove it' : `write ${nearest}, if that is meant`,
  };
}

/** The key that differs in case or dashes alone, or has the same last part. */
function nearestKey(key: string): string | null {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
  const last = plain(key.slice(key.lastIndexOf('.') + 1));
  const alike = fileKeys.find(
    (each) => plain(each.key) === plain(key) || each.field.toLowerCase() === key.toLowerCase(),
  );
  const near = alike ?? fileKeys.find((each) => plain(each.key.slice(each.key.lastIndexOf('.') + 1)) === last);
  return near?.key ?? null;
}
