import type { KindSchema, NodeIndex, Rule, SchemaNode } from '../../src/resources/schema/node.ts';
import { type Definition, type OpenApiSchema, storageVersion, type ValidationRule } from './definitions.ts';
import { parseExpression } from './expressions.ts';

/** Keywords that are taken over as they are. */
const plainKeywords = [
  'type',
  'nullable',
  'default',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
] as const;

const knownKeywords = new Set<string>([
  ...plainKeywords,
  'description',
  'format',
  'properties',
  'additionalProperties',
  'items',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
]);

/** The formats that `src/resources/schema/formats.ts` checks. */
const knownFormats = ['int32', 'int64', 'ipv4', 'ipv6', 'date-time'];

/** Turns a definition into the compact schema of its kind. Throws where a keyword is unknown, so that none gets lost. */
export function kindSchema(definition: Definition): KindSchema {
  const nodes = new NodeTable();
  const storage = storageVersion(definition);
  return {
    group: definition.group,
    kind: definition.names.kind,
    scope: definition.scope,
    storageVersion: storage.name,
    statusSubresource: storage.subresources?.status !== undefined,
    versions: Object.fromEntries(
      definition.versions
        .filter(({ served }) => served)
        .map(({ name, schema }) => [name, nodes.add(schema.openAPIV3Schema)]),
    ),
    nodes: nodes.list(),
  };
}

/** The nodes of a schema without repetition: equal nodes have one index. */
class NodeTable {
  readonly #indices = new Map<string, NodeIndex>();

  list(): readonly SchemaNode[] {
    return [...this.#indices.keys()].map((text) => JSON.parse(text) as SchemaNode);
  }

  add(schema: OpenApiSchema): NodeIndex {
    const unknown = Object.keys(schema).find((keyword) => !knownKeywords.has(keyword));
    if (unknown !== undefined) throw new Error(`the keyword ${unknown} is not supported`);
    const text = JSON.stringify(this.#node(schema));
    const index = this.#indices.get(text) ?? this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }

  #node(schema: OpenApiSchema): SchemaNode {
    const node: Record<string, unknown> = {};
    for (const keyword of plainKeywords) {
      if (schema[keyword] !== undefined && schema[keyword] !== false) node[keyword] = schema[keyword];
    }
    if (schema.format !== undefined) node.format = knownFormat(schema.format);
    if (schema.properties !== undefined) {
      node.properties = Object.fromEntries(
        Object.entries(schema.properties).map(([name, property]) => [name, this.add(property)]),
      );
    }
    if (typeof schema.additionalProperties === 'object') {
      node.additionalProperties = this.add(schema.additionalProperties);
    } else if (schema.additionalProperties !== undefined) {
      throw new Error('additionalProperties without a schema is not supported');
    }
    if (schema.items !== undefined) node.items = this.add(schema.items);
    if (schema.not !== undefined) node.not = this.add(schema.not);
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      if (schema[keyword] !== undefined) node[keyword] = schema[keyword].map((each) => this.add(each));
    }
    if (schema['x-kubernetes-int-or-string'] === true) node.intOrString = true;
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) node.preserveUnknownFields = true;
    const listType = schema['x-kubernetes-list-type'];
    if (listType !== undefined && listType !== 'atomic') node.listType = listType;
    const listMapKeys = schema['x-kubernetes-list-map-keys'];
    if (listMapKeys !== undefined) node.listMapKeys = listMapKeys;
    const rules = schema['x-kubernetes-validations'];
    if (rules !== undefined) node.rules = rules.map(rule);
    return node as SchemaNode;
  }
}

function rule(source: ValidationRule): Rule {
  const unknown = Object.keys(source).find((key) => key !== 'rule' && key !== 'message');
  if (unknown !== undefined) throw new Error(`${unknown} of a validation rule is not supported`);
  return {
    rule: source.rule.trim(),
    ...(source.message === undefined ? {} : { message: source.message.trim() }),
    ...(/\boldSelf\b/.test(source.rule) ? { usesOldSelf: true } : {}),
    expression: parseExpression(source.rule),
  };
}

function knownFormat(format: string): string {
  if (!knownFormats.includes(format)) throw new Error(`the format ${format} is not supported`);
  return format;
}
