import { type Definition, type OpenApiSchema, storageVersion } from './definitions.ts';
import type { GoNames } from './go-names.ts';

/**
 * Writes one TypeScript interface for every object of the storage versions' schemas. Names are those of the Go types.
 * A field with a default is never absent, because defaults are filled in.
 */
export function writeTypes(definitions: readonly Definition[], goNames: GoNames, header: string): string {
  const types = new TypeNames(goNames);
  for (const definition of definitions) types.addKind(definition);
  return `${header}import type { KubernetesObject } from '../object.ts';\n\n${types.interfaces().join('\n')}`;
}

class TypeNames {
  readonly #goNames: GoNames;
  /** By name: the text of the body, which tells whether a second type of the name is the same. */
  readonly #bodies = new Map<string, string>();

  constructor(goNames: GoNames) {
    this.#goNames = goNames;
  }

  interfaces(): readonly string[] {
    const byName = [...this.#bodies].sort(([a], [b]) => (a < b ? -1 : 1));
    return byName.map(([name, body]) => `export interface ${name} ${body}\n`);
  }

  addKind(definition: Definition): void {
    const { kind } = definition.names;
    const { name, schema } = storageVersion(definition);
    const root = schema.openAPIV3Schema;
    const lines = [
      `  readonly apiVersion: '${definition.group}/${name}';`,
      `  readonly kind: '${kind}';`,
      ...this.#fields(root, kind, kind).filter((line) => !/^ {2}readonly (apiVersion|kind|metadata)\b/.test(line)),
    ];
    this.#bodies.set(kind, `extends KubernetesObject {\n${lines.join('\n')}\n}`);
  }

  /** The lines of an interface for an object with properties. */
  #fields(schema: OpenApiSchema, goType: string, kind: string): readonly string[] {
    return Object.entries(schema.properties ?? {}).map(([field, property]) => {
      const present = schema.required?.includes(field) || property.default !== undefined;
      const goFieldType = this.#goNames.fieldType(goType, field) ?? `${goType}${capital(field)}`;
      const name = /^[A-Za-z_]\w*$/.test(field) ? field : JSON.stringify(field);
      return `  readonly ${name}${present ? '' : '?'}: ${this.#type(property, goFieldType, kind)};`;
    });
  }

  #type(schema: OpenApiSchema, goType: string, kind: string): string {
    const type = this.#typeOfValue(schema, goType, kind);
    return schema.nullable === true ? `${type} | null` : type;
  }

  #typeOfValue(schema: OpenApiSchema, goType: string, kind: string): string {
    if (schema['x-kubernetes-int-or-string'] === true) return 'number | string';
    if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
    switch (schema.type) {
      case 'string':
      case 'boolean':
        return schema.type;
      case 'integer':
      case 'number':
        return 'number';
      case 'array': {
        const item = schema.items === undefined ? 'unknown' : this.#type(schema.items, goType, kind);
        return item.includes('|') ? `readonly (${item})[]` : `readonly ${item}[]`;
      }
      case 'object':
        return this.#objectType(schema, goType, kind);
      default:
        return 'unknown';
    }
  }

  #objectType(schema: OpenApiSchema, goType: string, kind: string): string {
    if (typeof schema.additionalProperties === 'object') {
      return `Readonly<Record<string, ${this.#type(schema.additionalProperties, goType, kind)}>>`;
    }
    if (schema.properties === undefined) return 'Readonly<Record<string, unknown>>';
    const body = `{\n${this.#fields(schema, goType, kind).join('\n')}\n}`;
    const name = [goType, `${kind}${goType}`].find((candidate) => (this.#bodies.get(candidate) ?? body) === body);
    if (name === undefined) throw new Error(`two types of ${kind} are named ${goType}`);
    this.#bodies.set(name, body);
    return name;
  }
}

function literal(value: unknown): string {
  return typeof value === 'string'
    ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
