import type { HeaderModification, HeaderValue } from '../../../../model/route.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  type Field,
  HOP_BY_HOP,
  HOST,
  kindOfName,
  makeField,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from '../../http/field.ts';
import { toByteString } from '../routing/query.ts';
import type { FilledField } from './fill.ts';

/** A header modification, compiled. */
export interface HeaderEdit {
  /** Names that are taken out: those to remove and those to set. */
  readonly drop: ReadonlySet<string>;
  readonly append: readonly Field[];
  /** A new Host, or null. */
  readonly host: string | null;
  /** What is appended for each request by itself. Absent where all requests get the same. */
  readonly fill?: readonly FilledField[];
}

/** The edits that do something, in order. */
export function compileEdits(modifications: readonly HeaderModification[]): readonly HeaderEdit[] {
  return modifications.filter(isNotEmpty).map(compileEdit);
}

function isNotEmpty({ set, add, remove }: HeaderModification): boolean {
  return set.length > 0 || add.length > 0 || remove.length > 0;
}

function compileEdit({ set, add, remove }: HeaderModification): HeaderEdit {
  const fill = [...set, ...add].flatMap(({ name, parts }) => (parts === undefined ? [] : [{ name, parts }]));
  const host = set.findLast((each) => each.name.toLowerCase() === 'host');
  return {
    drop: new Set([...remove, ...set.map((each) => each.name)].map((name) => name.toLowerCase())),
    append: [...set, ...add].filter(({ parts }) => parts === undefined).flatMap(compileField),
    host: host === undefined ? null : toByteString(host.value),
    ...(fill.length === 0 ? {} : { fill: fill.filter(({ name }) => isRouteToSet(name)) }),
  };
}

function compileField({ name, value }: HeaderValue): readonly Field[] {
  if (!isRouteToSet(name)) return [];
  const field = makeField(name, toByteString(value));
  return field === null ? [] : [field];
}

/** Fields that frame a message or belong to one hop cannot be set by a route: nothing could smuggle that way. */
function isRouteToSet(name: string): boolean {
  switch (kindOfName(name.toLowerCase())) {
    case CONTENT_LENGTH:
    case TRANSFER_ENCODING:
    case CONNECTION:
    case HOP_BY_HOP:
    case HOST:
    case EXPECT:
    case UPGRADE:
    case TE:
      return false;
    default:
      return true;
  }
}

/** The fields after all edits; the same array where there are none. Never changes the one it is given. */
export function applyEdits(fields: readonly Field[], edits: readonly HeaderEdit[]): readonly Field[] {
  let current = fields;
  for (const edit of edits) {
    const next: Field[] = [];
    for (const field of current) if (!edit.drop.has(field.name)) next.push(field);
    for (const field of edit.append) next.push(field);
    current = next;
  }
  return current;
}
