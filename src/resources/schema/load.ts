import { readFileSync } from 'node:fs';
import { schemaFiles } from '../generated/kinds.ts';
import type { KindSchema } from './node.ts';
import { Schema } from './schema.ts';

const schemas = new Map<string, Schema>();

/** The schema of a kind that a CustomResourceDefinition defines, or undefined. It is read when it is first asked for. */
export function schemaOf(group: string, kind: string): Schema | undefined {
  const key = `${group}/${kind}`;
  const known = schemas.get(key);
  if (known !== undefined) return known;
  const file = Object.hasOwn(schemaFiles, key) ? schemaFiles[key] : undefined;
  if (file === undefined) return undefined;
  const text = readFileSync(new URL(`../generated/${file}`, import.meta.url), 'utf8');
  const schema = new Schema(JSON.parse(text) as KindSchema);
  schemas.set(key, schema);
  return schema;
}
