/**
 * A parsed CEL expression, as the generated schemas hold it. Macros are nodes of their own, a method's target is its
 * first argument, and field names are those of the object (Kubernetes escapes keywords: `__namespace__`).
 */
export type Expression =
  | readonly ['constant', string | number | boolean | null]
  | readonly ['variable', string]
  | readonly ['select', Expression, string]
  | readonly ['has', Expression, string]
  | readonly ['index', Expression, Expression]
  | readonly ['list', readonly Expression[]]
  | readonly ['and', Expression, Expression]
  | readonly ['or', Expression, Expression]
  | readonly ['if', Expression, Expression, Expression]
  | readonly ['call', string, readonly Expression[]]
  | readonly [Macro, string, Expression, Expression];

/** A macro with its variable, the list or map that it ranges over, and its predicate. */
export type Macro = 'all' | 'exists' | 'exists_one' | 'filter';
