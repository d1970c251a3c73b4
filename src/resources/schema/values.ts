import {
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  unnamed,
} from './field-error.ts';
import { formats } from './formats.ts';
import { goFloat, goNumber, goQuote } from './go-text.ts';
import type { Node } from './schema.ts';

/*
 * Types, limits, patterns and enumerations, with the messages of k8s.io/kube-openapi/pkg/validation/validate and what
 * k8s.io/apiextensions-apiserver/pkg/apiserver/validation makes of them.
 *
 * Each function returns the number of checks that were made, which decides what `oneOf` and `anyOf` report: the faults
 * of the alternative with the most checks.
 */

/** Appends the faults of a value. `path` is empty for the whole object. */
export function validateValue(node: Node, value: unknown, path: string, errors: FieldError[]): number {
  let count = node.types.length > 0 || node.keywords.format !== undefined ? checkType(node, value, path, errors) : 0;
  if (value === null) {
    checkEnum(node, value, path, errors);
    return count;
  }
  if (node.types.length > 0 || node.keywords.format !== undefined) count++;
  count += checkAlternatives(node, value, path, errors) + 1;
  if (typeof value === 'string') count += checkString(node, value, path, errors);
  else if (typeof value === 'number') count += checkNumber(node, value, path, errors) + 1;
  else if (Array.isArray(value)) count += checkArray(node, value, path, errors) + 1;
  checkEnum(node, value, path, errors);
  count++;
  if (typeof value === 'object' && !Array.isArray(value)) {
    count += checkObject(node, value as Record<string, unknown>, path, errors) + 1;
  }
  return count + 1;
}

function checkType(node: Node, value: unknown, path: string, errors: FieldError[]): number {
  const { types } = node;
  const format = node.keywords.format ?? '';
  const [type, valueFormat] = typeOf(value);
  if (value === null) {
    if (types.length === 0 || node.keywords.nullable === true) return 1;
    errors.push(wrongType(path, types.join(','), 'null'));
    return 0;
  }
  const number = types.includes('number') || types.includes('integer');
  const fits = types.includes(type) || (type === 'integer' && types.includes('number'));
  if (typeof value !== 'string' && !Array.isArray(value) && format !== '' && !fits && format !== valueFormat) {
    errors.push(wrongType(path, format, valueFormat));
    return 0;
  }
  if (!number && format !== '' && (typeof value === 'string' || Array.isArray(value))) return 1;
  if (fits) return 1;
  errors.push(wrongType(path, types.join(','), type));
  return 0;
}

function wrongType(path: string, expected: string, actual: string): FieldError {
  return typeInvalid(path, actual, `${path} in body must be of type ${expected}: ${goQuote(actual)}`);
}

/** The JSON type of a value and the format of the Go type that holds it. */
function typeOf(value: unknown): readonly [string, string] {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return [typeof value, ''];
    case 'number':
      return isInteger(value, 'int64') ? ['integer', 'int64'] : ['number', 'float64'];
    default:
      return [value === null ? 'null' : Array.isArray(value) ? 'array' : 'object', ''];
  }
}

function checkAlternatives(node: Node, value: unknown, path: string, errors: FieldError[]): number {
  let count = 1;
  if (node.anyOf.length > 0) count += checkAnyOf(node.anyOf, value, path, errors);
  if (node.oneOf.length > 0) count += checkOneOf(node.oneOf, value, path, errors);
  if (node.allOf.length > 0) count += checkAllOf(node.allOf, value, path, errors);
  if (node.not !== undefined) {
    const faults: FieldError[] = [];
    validateValue(node.not, value, path, faults);
    if (faults.length === 0) errors.push(composite(path, 'must not validate the schema (not)'));
  }
  return count;
}

function checkAnyOf(alternatives: readonly Node[], value: unknown, path: string, errors: FieldError[]): number {
  const results = alternatives.map((alternative) => outcome(alternative, value, path));
  const success = results.find(({ faults }) => faults.length === 0);
  if (success !== undefined) return success.count;
  const best = mostChecks(results);
  errors.push(composite(path, 'must validate at least one schema (anyOf)'), ...best.faults);
  return best.count;
}

function checkOneOf(alternatives: readonly Node[], value: unknown, path: string, errors: FieldError[]): number {
  const results = alternatives.map((alternative) => outcome(alternative, value, path));
  const successes = results.filter(({ faults }) => faults.length === 0);
  const [success] = successes;
  if (success !== undefined && successes.length === 1) return success.count;
  const rule = 'must validate one and only one schema (oneOf)';
  if (success !== undefined) {
    errors.push(composite(path, `${rule}. Found ${successes.length} valid alternatives`));
    return 0;
  }
  const best = mostChecks(results);
  errors.push(composite(path, `${rule}. Found none valid`), ...best.faults);
  return best.count;
}

function checkAllOf(alternatives: readonly Node[], value: unknown, path: string, errors: FieldError[]): number {
  const results = alternatives.map((alternative) => outcome(alternative, value, path));
  const failures = results.filter(({ faults }) => faults.length > 0);
  errors.push(...failures.flatMap(({ faults }) => faults));
  if (failures.length > 0) {
    const none = failures.length === results.length ? '. None validated' : '';
    errors.push(composite(path, `must validate all the schemas (allOf)${none}`));
  }
  return results.reduce((sum, { count }) => sum + count, 0);
}

interface Outcome {
  readonly count: number;
  readonly faults: readonly FieldError[];
}

function outcome(node: Node, value: unknown, path: string): Outcome {
  const faults: FieldError[] = [];
  const count = validateValue(node, value, path, faults);
  return { count, faults };
}

function mostChecks(results: readonly Outcome[]): Outcome {
  return results.reduce((best, result) => (result.count > best.count ? result : best));
}

function composite(path: string, detail: string): FieldError {
  return unnamed(path, '', `${goQuote(path)} ${detail}`);
}

function checkString(node: Node, text: string, path: string, errors: FieldError[]): number {
  const { minLength, maxLength, pattern, format } = node.keywords;
  if (maxLength !== undefined && text.length > maxLength && characters(text) > maxLength) {
    errors.push(tooLong(path, maxLength));
  } else if (minLength !== undefined && (text.length < minLength || characters(text) < minLength)) {
    errors.push(invalid(path, text, `${path} in body should be at least ${minLength} chars long`));
  } else if (pattern !== undefined && !node.matchesPattern(text)) {
    errors.push(invalid(path, text, `${path} in body should match '${pattern}'`));
  }
  const check = format === undefined ? undefined : formats[format];
  if (format === undefined || check === undefined) return 1;
  if (!check(text)) {
    errors.push(typeInvalid(path, text, `${path} in body must be of type ${format}: ${goQuote(text)}`));
  }
  return 2;
}

/** Unicode characters, where `length` counts UTF-16 units. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function checkNumber(node: Node, value: number, path: string, errors: FieldError[]): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = node.keywords;
  if (node.types.length === 1 && node.types[0] === 'integer' && !isInteger(value, format)) {
    const kind = format === undefined ? 'integer (default format)' : `integer with format ${format}`;
    errors.push(unnamed(path, '', `Checked value must be of type ${kind} in ${path}`));
  }
  const limit = (detail: string, bound: number): FieldError =>
    invalid(
      path,
      value,
      `${path} in body should be ${detail} ${isInteger(value, 'int64') ? goNumber(bound) : goFloat(bound)}`,
    );
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    errors.push(limit('a multiple of', multipleOf));
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(limit(exclusiveMinimum ? 'greater than' : 'greater than or equal to', minimum));
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(limit(exclusiveMaximum ? 'less than' : 'less than or equal to', maximum));
  }
  return 1;
}

function isInteger(value: number, format: string | undefined): boolean {
  const bits = format === 'int32' ? 31 : 63;
  return Number.isInteger(value) && value >= -(2 ** bits) && value < 2 ** bits;
}

function checkArray(node: Node, items: readonly unknown[], path: string, errors: FieldError[]): number {
  const { minItems, maxItems } = node.keywords;
  let count = 1;
  if (node.items !== undefined) {
    for (const [index, item] of items.entries()) count += validateValue(node.items, item, `${path}[${index}]`, errors);
  }
  if (minItems !== undefined && items.length < minItems) {
    errors.push(invalid(path, items.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && items.length > maxItems) errors.push(tooMany(path, items.length, maxItems));
  return count;
}

function checkEnum(node: Node, value: unknown, path: string, errors: FieldError[]): void {
  const values = node.keywords.enum;
  if (values !== undefined && !values.includes(value)) errors.push(notSupported(path, value, values));
}

function checkObject(node: Node, object: Record<string, unknown>, path: string, errors: FieldError[]): number {
  const { minProperties, maxProperties } = node.keywords;
  const keys = Object.keys(object);
  let count = 0;
  if (minProperties !== undefined && keys.length < minProperties) {
    errors.push(invalid(path, keys.length, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && keys.length > maxProperties)
    errors.push(tooMany(path, keys.length, maxProperties));
  for (const key of keys) {
    const child = node.properties.get(key) ?? node.additionalProperties;
    if (child === undefined) continue;
    count += validateValue(child, object[key], path === '' ? key : `${path}.${key}`, errors);
  }
  for (const key of node.keywords.required ?? []) {
    if (!Object.hasOwn(object, key)) errors.push(required(path === '' ? key : `${path}.${key}`, ''));
  }
  return count;
}
