import { decodeFields } from './decode.ts';
import { type FieldError, unnamed } from './field-error.ts';
import { validateLists } from './lists.ts';
import { validateRules } from './rules.ts';
import type { Node } from './schema.ts';
import { validateValue } from './values.ts';

/** Appends what the schema of a kind finds wrong with a decoded object. */
export function validateFields(root: Node, object: Readonly<Record<string, unknown>>, errors: FieldError[]): void {
  validateValue(root, object, '', errors);
  validateLists(root, object, '', errors);
  if (!root.hasRules) return;
  if (errors.some(({ blocksRules }) => blocksRules)) errors.push(rulesNotChecked);
  else validateRules(root, object, '', errors);
}

const rulesNotChecked = unnamed(
  '',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

/** The object as it reads in the storage version: pruned and with defaults by that version's schema. */
export function toStorage(root: Node, object: Record<string, unknown>): Record<string, unknown> {
  return decodeFields(root, object).value as Record<string, unknown>;
}
