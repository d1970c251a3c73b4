import { parse } from '@bufbuild/cel';
import type { Expression, Macro } from '../../src/resources/schema/cel/expression.ts';

type Parsed = ReturnType<typeof parse>['expr'];
type Kind<Case extends string> = Extract<Parsed['exprKind'], { readonly case: Case }>['value'];

/** Parses CEL. Throws where an expression has a construct that nothing here evaluates. */
export function parseExpression(source: string): Expression {
  try {
    return convert(parse(source).expr);
  } catch (error) {
    throw new Error(`CEL rule ${source}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function convert(expression: Parsed | undefined): Expression {
  const kind = expression?.exprKind;
  switch (kind?.case) {
    case 'constExpr':
      return ['constant', constant(kind.value)];
    case 'identExpr':
      return ['variable', kind.value.name];
    case 'selectExpr':
      return [kind.value.testOnly ? 'has' : 'select', convert(kind.value.operand), unescaped(kind.value.field)];
    case 'listExpr':
      return ['list', kind.value.elements.map(convert)];
    case 'callExpr':
      return call(kind.value);
    case 'comprehensionExpr':
      return macro(kind.value);
    default:
      throw new Error(`${kind?.case ?? 'an empty expression'} is not supported`);
  }
}

function call({ function: name, target, args }: Kind<'callExpr'>): Expression {
  // `format.dns1123Subdomain()` names a function; `format` is no variable.
  if (target?.exprKind.case === 'identExpr' && target.exprKind.value.name === 'format') {
    return ['call', `format.${name}`, args.map(convert)];
  }
  const all = (target === undefined ? args : [target, ...args]).map(convert);
  const [first, second, third] = all;
  if (first !== undefined && second !== undefined) {
    if (name === '_&&_') return ['and', first, second];
    if (name === '_||_') return ['or', first, second];
    if (name === '_[_]') return ['index', first, second];
    if (name === '_?_:_' && third !== undefined) return ['if', first, second, third];
  }
  return ['call', name, all];
}

/** The parser expands macros to loops; the step of the loop tells which one it was. */
function macro(loop: Kind<'comprehensionExpr'>): Expression {
  const step = loop.loopStep?.exprKind;
  if (step?.case !== 'callExpr' || loop.iterVar2 !== '') throw new Error('an unknown macro');
  const [first, second] = step.value.args;
  const of = (name: Macro, predicate: Parsed | undefined): Expression => [
    name,
    loop.iterVar,
    convert(loop.iterRange),
    convert(predicate),
  ];
  switch (`${step.value.function} ${loop.accuInit?.exprKind.case}`) {
    case '_&&_ constExpr':
      return of('all', second);
    case '_||_ constExpr':
      return of('exists', second);
    case '_?_:_ constExpr':
      return of('exists_one', first);
    case '_?_:_ listExpr':
      return of('filter', first);
    default:
      throw new Error(`a macro with the step ${step.value.function}`);
  }
}

function constant({ constantKind }: Kind<'constExpr'>): string | number | boolean | null {
  switch (constantKind.case) {
    case 'stringValue':
    case 'boolValue':
      return constantKind.value;
    case 'int64Value':
      return Number(constantKind.value);
    case 'nullValue':
      return null;
    default:
      throw new Error(`a constant of the kind ${constantKind.case}`);
  }
}

/** Undoes the escapes of property names that are no CEL identifiers (k8s.io/apiserver/pkg/cel/escaping.go). */
function unescaped(field: string): string {
  return field
    .replace(/^__([a-z]+)__$/, '$1')
    .replaceAll('__dot__', '.')
    .replaceAll('__dash__', '-')
    .replaceAll('__slash__', '/')
    .replaceAll('__underscores__', '__');
}
