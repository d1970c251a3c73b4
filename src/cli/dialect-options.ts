import { existsSync, readFileSync } from 'node:fs';
import type { ConfigurationText } from '../dialects/contour/configuration/file.ts';
import { readConfigurationFile } from '../dialects/contour/configuration/file.ts';
import { dialectName as contour } from '../dialects/contour/names.ts';
import type { DialectsOptions } from '../dialects/dialect.ts';
import { describePosition, nowhere } from '../model/origin.ts';
import { messageOf } from '../model/thrown.ts';
import type { Resource } from '../resources/object.ts';
import { defaultFolderLimits } from '../sources/folder/limits.ts';
import { parseYaml } from '../sources/folder/yaml/parse.ts';
import { LineTable, spotOf } from '../sources/folder/yaml/spot.ts';
import { CommandFailure } from './failure.ts';
import { type DialectFlags, UsageError } from './flags.ts';

/**
 * What the command line asks of each dialect. Fails with `UsageError` for a file that does not exist, and with
 * `CommandFailure` for one that does not hold what it must: whoever names a configuration wants it in force, or nothing.
 */
export function readDialectOptions({ contourConfig, compat = [] }: DialectFlags): DialectsOptions {
  return {
    [contour]: {
      ...(contourConfig === undefined ? {} : { configuration: readContourConfiguration(contourConfig) }),
      compatible: compat.includes(contour),
    },
  };
}

function readContourConfiguration(path: string): Resource {
  const read = readConfigurationFile(readText(path));
  if (read.type === 'configuration') return read.resource;
  const lines = read.findings.map(
    ({ message, remedy, origin }) => `${describePosition(origin)}: ${message}\n    ${remedy}`,
  );
  throw new CommandFailure(`${path} is no configuration of Contour\n  ${lines.join('\n  ')}`);
}

function readText(path: string): ConfigurationText {
  if (!existsSync(path)) throw new UsageError(`--contour-config: "${path}" does not exist`);
  const text = contentOf(path);
  const table = new LineTable(text);
  const parsed = parseYaml(text, defaultFolderLimits);
  if (parsed.type === 'malformed') {
    const origin = { ...nowhere, file: path, ...table.position(parsed.problem.offset) };
    throw new CommandFailure(`${describePosition(origin)}: ${parsed.problem.message}`);
  }
  const [document, second] = parsed.documents;
  if (second !== undefined) {
    throw new CommandFailure(`${path} holds several documents: write one configuration of Contour`);
  }
  if (document === undefined) return { path, value: null, position: () => null };
  const [duplicate] = document.duplicates;
  if (duplicate !== undefined) {
    const origin = { ...nowhere, file: path, ...table.position(duplicate.offset) };
    throw new CommandFailure(`${describePosition(origin)}: ${duplicate.field} is there twice: remove one of the two`);
  }
  return { path, value: document.value, position: (key) => table.position(spotOf(document.spot, key).offset) };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
