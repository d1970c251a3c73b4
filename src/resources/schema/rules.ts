import { CelError } from './cel/error.ts';
import { type FieldError, invalid, omitted } from './field-error.ts';
import type { CompiledRule, Node } from './schema.ts';

/**
 * Appends the faults that the CEL rules of a new object find (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel).
 */
export function validateRules(node: Node, value: unknown, path: string, errors: FieldError[]): void {
  if (!node.hasRules || value === null) return;
  for (const rule of node.rules) {
    checkRule(rule, node, value, path, errors);
  }
  if (Array.isArray(value)) {
    if (node.items?.hasRules !== true) return;
    for (const [index, item] of value.entries()) validateRules(node.items, item, `${path}[${index}]`, errors);
  } else if (typeof value === 'object') {
    for (const key of Object.keys(value)) {
      const member = (value as Record<string, unknown>)[key];
      const property = node.properties.get(key);
      if (property !== undefined) validateRules(property, member, path === '' ? key : `${path}.${key}`, errors);
      else if (node.additionalProperties !== undefined) {
        validateRules(node.additionalProperties, member, `${path}[${key}]`, errors);
      }
    }
  }
}

function checkRule(rule: CompiledRule, node: Node, value: unknown, path: string, errors: FieldError[]): void {
  try {
    if (rule.evaluate([value]) === true) return;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const detail = `${error.message} evaluating rule: ${rule.message ?? rule.rule}`;
    errors.push(invalid(path, node.keywords.type ?? '', detail));
    return;
  }
  const shown = node.keywords.type === 'object' || node.keywords.type === 'array' ? omitted : value;
  errors.push(invalid(path, shown, rule.message ?? `failed rule: ${rule.rule}`));
}
