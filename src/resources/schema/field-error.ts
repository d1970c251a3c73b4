import { goJson, goNumber, goQuote } from './go-text.ts';

/**
 * One fault of an object, in the terms of k8s.io/apimachinery/pkg/util/validation/field.
 *
 * `message` is what the API server says after the field: `Invalid value: 0: ...`.
 */
export interface FieldError {
  /** The field as the API server names it; `<nil>` where it names none. */
  readonly name: string;
  /** Where the fault really is. Empty for the whole object. */
  readonly field: string;
  readonly message: string;
  /** CEL rules are not evaluated on an object with such a fault. */
  readonly blocksRules: boolean;
}

/** Stands for a value that the message does not show. */
export const omitted: unique symbol = Symbol('omitted');

/** A value that is already printed. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return fieldError(field, `Invalid value${shown(value)}: ${detail}`, false);
}

/** A value of the wrong type: as `invalid`, but rules are not evaluated. */
export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return fieldError(field, `Invalid value${shown(value)}: ${detail}`, true);
}

export function required(field: string, detail: string): FieldError {
  return fieldError(field, detail === '' ? 'Required value' : `Required value: ${detail}`, true);
}

export function duplicate(field: string, value: unknown): FieldError {
  return fieldError(field, `Duplicate value${shown(value)}`, false);
}

export function forbidden(field: string, detail: string): FieldError {
  return fieldError(field, `Forbidden: ${detail}`, false);
}

export function notSupported(field: string, value: unknown, supported: readonly unknown[]): FieldError {
  const values = supported.map((each) => goQuote(typeof each === 'string' ? each : goJson(each)));
  return fieldError(field, `Unsupported value${shown(value)}: supported values: ${values.join(', ')}`, true);
}

/** As `notSupported`, for a value of a string type of its own, which Go prints as JSON. */
export function notSupportedName(field: string, value: string, supported: readonly string[]): FieldError {
  return notSupported(field, new Raw(goJson(value)), supported);
}

export function tooLong(field: string, limit: number): FieldError {
  return fieldError(field, `Too long: may not be more than ${limit} ${limit === 1 ? 'byte' : 'bytes'}`, true);
}

export function tooMany(field: string, actual: number, limit: number): FieldError {
  return fieldError(field, `Too many: ${actual}: must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`, true);
}

/** A fault that the API server reports without a field. */
export function unnamed(field: string, value: unknown, detail: string): FieldError {
  return { name: '<nil>', field, message: `Invalid value${shown(value)}: ${detail}`, blocksRules: false };
}

function fieldError(field: string, message: string, blocksRules: boolean): FieldError {
  return { name: field, field, message, blocksRules };
}

function shown(value: unknown): string {
  if (value === omitted) return '';
  if (value instanceof Raw) return `: ${value.text}`;
  if (typeof value === 'string') return `: ${goQuote(value)}`;
  if (typeof value === 'number') return `: ${goNumber(value)}`;
  return `: ${goJson(value)}`;
}

/**
 * The message of a 422 answer (k8s.io/apimachinery/pkg/api/errors.NewInvalid).
 * `kind` is `HTTPRoute.gateway.networking.k8s.io`, or `Service` in the core group.
 */
export function invalidMessage(kind: string, name: string, errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map((error) => `${error.name}: ${error.message}`))];
  const list = messages.length === 1 ? messages.join() : `[${messages.join(', ')}]`;
  return `${kind} ${goQuote(name)} is invalid: ${list}`;
}
