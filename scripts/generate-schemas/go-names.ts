import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The field of a Go struct: the name in JSON and the name of the Go type without pointers, slices and packages. */
interface GoField {
  readonly json: string;
  readonly type: string;
  readonly inline: boolean;
}

/** The names that the Go types of an API have for the nodes of its schema. */
export interface GoNames {
  /** The type of a field of a struct type, or undefined where the sources tell none. */
  fieldType(struct: string, field: string): string | undefined;
}

/**
 * Reads the struct types in the Go packages of the folders, from the files whose names fit. Of two types of one name, the
 * one in the first folder counts.
 */
export function readGoNames(folders: readonly string[], files: RegExp): GoNames {
  const structs = new Map<string, readonly GoField[]>();
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => files.test(name))) {
      for (const [name, fields] of structTypes(readFileSync(join(folder, file), 'utf8'))) {
        if (!structs.has(name)) structs.set(name, fields);
      }
    }
  }
  const fieldType = (struct: string, field: string): string | undefined => {
    for (const { json, type, inline } of structs.get(struct) ?? []) {
      const found = inline ? fieldType(type, field) : json === field ? type : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return { fieldType };
}

function* structTypes(source: string): Generator<[string, GoField[]]> {
  for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    const fields: GoField[] = [];
    for (const [, declaration, json] of (body ?? '').matchAll(/^\t(.+?)\s+`json:"([^"]*)"`/gm)) {
      const type = /(\w+)$/.exec((declaration ?? '').trim())?.[1] ?? '';
      const [jsonName = '', option] = (json ?? '').split(',');
      fields.push({ json: jsonName, type, inline: option === 'inline' });
    }
    yield [name ?? '', fields];
  }
}
