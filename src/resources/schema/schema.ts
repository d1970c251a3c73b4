import { compileExpression, type Evaluate } from './cel/compile.ts';
import type { KindSchema, NodeIndex, Rule, SchemaNode } from './node.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/** A rule that is ready to be evaluated. */
export interface CompiledRule extends Rule {
  readonly evaluate: Evaluate;
}

/** A node of a schema with everything that validation asks for. Children are nodes, parsed from text only once. */
export class Node {
  readonly keywords: SchemaNode;
  readonly properties: ReadonlyMap<string, Node>;
  readonly additionalProperties: Node | undefined;
  readonly items: Node | undefined;
  readonly allOf: readonly Node[];
  readonly anyOf: readonly Node[];
  readonly oneOf: readonly Node[];
  readonly not: Node | undefined;
  /** The JSON types that are accepted; empty for all. */
  readonly types: readonly string[];
  readonly defaulted: readonly (readonly [string, Node])[];
  /** Whether this node or one below has a list type other than `atomic`. */
  readonly hasListTypes: boolean;
  /** Whether this node or one below has rules. */
  readonly hasRules: boolean;
  #pattern: Pattern | undefined;
  #rules: readonly CompiledRule[] | undefined;

  constructor(keywords: SchemaNode, node: (index: NodeIndex) => Node) {
    this.keywords = keywords;
    const child = (index: NodeIndex | undefined): Node | undefined => (index === undefined ? undefined : node(index));
    this.properties = new Map(Object.entries(keywords.properties ?? {}).map(([name, index]) => [name, node(index)]));
    this.additionalProperties = child(keywords.additionalProperties);
    this.items = child(keywords.items);
    this.allOf = (keywords.allOf ?? []).map(node);
    this.anyOf = (keywords.anyOf ?? []).map(node);
    this.oneOf = (keywords.oneOf ?? []).map(node);
    this.not = child(keywords.not);
    this.types = keywords.intOrString === true ? ['integer', 'string'] : keywords.type ? [keywords.type] : [];
    this.defaulted = [...this.properties].filter(([, property]) => property.keywords.default !== undefined);
    const children = [...this.properties.values(), this.additionalProperties, this.items];
    this.hasListTypes = keywords.listType !== undefined || children.some((each) => each?.hasListTypes === true);
    this.hasRules = keywords.rules !== undefined || children.some((each) => each?.hasRules === true);
  }

  matchesPattern(text: string): boolean {
    this.#pattern ??= compilePattern(this.keywords.pattern ?? '');
    return this.#pattern(text);
  }

  /** The rules of new objects: those that compare with the object before an update do not apply to them. */
  get rules(): readonly CompiledRule[] {
    this.#rules ??= (this.keywords.rules ?? [])
      .filter(({ usesOldSelf }) => usesOldSelf !== true)
      .map((rule) => ({ ...rule, evaluate: compileExpression(rule.expression) }));
    return this.#rules;
  }
}

/** The schema of a kind. */
export class Schema {
  readonly kind: KindSchema;
  readonly #versions: ReadonlyMap<string, Node>;

  constructor(kind: KindSchema) {
    this.kind = kind;
    const nodes: Node[] = [];
    const node = (index: NodeIndex): Node => {
      const found = nodes[index];
      if (found === undefined) throw new Error(`${kind.kind}: node ${index} comes before its children`);
      return found;
    };
    // Children come before their parents, because a schema is a tree that was numbered from its leaves.
    for (const keywords of kind.nodes) nodes.push(new Node(keywords, node));
    this.#versions = new Map(Object.entries(kind.versions).map(([version, root]) => [version, node(root)]));
  }

  /** The root of a served version, or undefined. */
  version(version: string): Node | undefined {
    return this.#versions.get(version);
  }
}
