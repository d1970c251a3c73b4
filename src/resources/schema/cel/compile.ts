import { compilePattern } from '../pattern.ts';
import { CelError } from './error.ts';
import type { Expression, Macro } from './expression.ts';
import { functions } from './functions.ts';

/** The values of the variables, outermost first. The first one is `self`. */
export type Scope = unknown[];

/** Evaluates an expression. Throws CelError. */
export type Evaluate = (scope: Scope) => unknown;

/**
 * Turns an expression into a function. Values are JSON values, durations (nanoseconds as bigint) and what the `format`
 * library makes.
 */
export function compileExpression(expression: Expression): Evaluate {
  return compile(expression, ['self']);
}

function compile(expression: Expression, variables: readonly string[]): Evaluate {
  switch (expression[0]) {
    case 'constant': {
      const [, value] = expression;
      return () => value;
    }
    case 'variable': {
      const index = variables.lastIndexOf(expression[1]);
      if (index < 0) throw new Error(`CEL variable ${expression[1]} is not declared`);
      return (scope) => scope[index];
    }
    case 'select':
      return select(compile(expression[1], variables), expression[2]);
    case 'has':
      return has(compile(expression[1], variables), expression[2]);
    case 'index':
      return index(compile(expression[1], variables), compile(expression[2], variables));
    case 'list': {
      const items = expression[1].map((item) => compile(item, variables));
      return (scope) => items.map((item) => item(scope));
    }
    case 'and':
    case 'or':
      return logical(expression[0], compile(expression[1], variables), compile(expression[2], variables));
    case 'if': {
      const [condition, yes, no] = [expression[1], expression[2], expression[3]].map((part) =>
        compile(part, variables),
      );
      if (condition === undefined || yes === undefined || no === undefined) throw new Error('CEL: no condition');
      return (scope) => (boolean(condition(scope)) ? yes(scope) : no(scope));
    }
    case 'call':
      return call(expression[1], expression[2], variables);
    default:
      return macro(expression, variables);
  }
}

function select(operand: Evaluate, field: string): Evaluate {
  return (scope) => {
    const object = operand(scope) as Record<string, unknown> | null | undefined;
    const value = object?.[field];
    if (value === undefined) throw new CelError(`no such key: ${field}`);
    return value;
  };
}

function has(operand: Evaluate, field: string): Evaluate {
  return (scope) => (operand(scope) as Record<string, unknown> | null)?.[field] !== undefined;
}

function index(operand: Evaluate, key: Evaluate): Evaluate {
  return (scope) => {
    const collection = operand(scope) as Record<string | number, unknown>;
    const at = key(scope) as string | number;
    const value = collection[at];
    if (value === undefined) {
      throw new CelError(Array.isArray(collection) ? `index out of bounds: ${at}` : `no such key: ${at}`);
    }
    return value;
  };
}

/** One side that decides makes up for an error on the other; of two errors the left one counts. */
function logical(operator: 'and' | 'or', left: Evaluate, right: Evaluate): Evaluate {
  const decisive = operator === 'or';
  return (scope) => {
    let result: boolean;
    try {
      result = boolean(left(scope));
    } catch (error) {
      if (error instanceof CelError && isDecided(right, scope, decisive)) return decisive;
      throw error;
    }
    return result === decisive ? decisive : boolean(right(scope));
  };
}

function isDecided(side: Evaluate, scope: Scope, decisive: boolean): boolean {
  try {
    return side(scope) === decisive;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
}

function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new CelError('no such overload');
  return value;
}

function call(name: string, args: readonly Expression[], variables: readonly string[]): Evaluate {
  const [first, second] = args.map((arg) => compile(arg, variables));
  // The usual patterns are constant: compile them once.
  if (name === 'matches' && first !== undefined && args[1]?.[0] === 'constant') {
    const pattern = compilePattern(String(args[1][1]));
    return (scope) => pattern(first(scope) as string);
  }
  const implementation = functions[name];
  if (implementation === undefined) throw new Error(`CEL function ${name} is not supported`);
  if (args.length === 1 && first !== undefined) return (scope) => implementation(first(scope));
  if (args.length === 2 && first !== undefined && second !== undefined) {
    return (scope) => implementation(first(scope), second(scope));
  }
  const compiled = args.map((arg) => compile(arg, variables));
  return (scope) => implementation(...compiled.map((arg) => arg(scope)));
}

function macro(
  [name, variable, range, predicate]: readonly [Macro, string, Expression, Expression],
  variables: readonly string[],
): Evaluate {
  const collection = compile(range, variables);
  const test = compile(predicate, [...variables, variable]);
  const slot = variables.length;
  const evaluate = macros[name];
  return (scope) =>
    evaluate(elements(collection(scope)), (element) => {
      scope[slot] = element;
      return boolean(test(scope));
    });
}

/** The items of a list, or the keys of a map. */
function elements(collection: unknown): readonly unknown[] {
  return Array.isArray(collection) ? collection : Object.keys(collection as object);
}

type MacroFunction = (elements: readonly unknown[], test: (element: unknown) => boolean) => unknown;

const macros: Readonly<Record<Macro, MacroFunction>> = {
  all: (elements, test) => quantify(elements, test, false),
  exists: (elements, test) => quantify(elements, test, true),
  exists_one: (elements, test) => filter(elements, test).length === 1,
  filter,
};

/** Stops at the first element that decides. Errors count only where none does; of several, the first. */
function quantify(elements: readonly unknown[], test: (element: unknown) => boolean, decisive: boolean): boolean {
  let failure: CelError | undefined;
  for (const element of elements) {
    try {
      if (test(element) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

/** Looks at every element; of several errors, the last counts. */
function filter(elements: readonly unknown[], test: (element: unknown) => boolean): readonly unknown[] {
  let failure: CelError | undefined;
  const fit: unknown[] = [];
  for (const element of elements) {
    try {
      if (test(element)) fit.push(element);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return fit;
}
