import { type FieldError, invalid } from '../field-error.ts';
import { mismatch } from '../names.ts';

/** ConfigMaps and Secrets hold at most this many bytes. */
export const dataLimit = 1024 * 1024;

const keyPattern = /^[-._a-zA-Z0-9]+$/;
const keyRule = mismatch(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  '[-._a-zA-Z0-9]+',
  'key.name',
  'KEY_NAME',
  'key-name',
);

/** The faults of a key of a ConfigMap or a Secret (k8s.io/apimachinery/pkg/util/validation.IsConfigMapKey). */
export function keyFaults(path: string, key: string): readonly FieldError[] {
  const faults: string[] = [];
  if (Buffer.byteLength(key) > 253) faults.push('must be no more than 253 characters');
  if (!keyPattern.test(key)) faults.push(keyRule);
  if (key === '.' || key === '..') faults.push(`must not be '${key}'`);
  else if (key.startsWith('..')) faults.push("must not start with '..'");
  return faults.map((fault) => invalid(`${path}[${key}]`, key, fault));
}

/** The number of bytes that base64 stands for. */
export function decodedSize(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}
