/** A change of one place of an object: a new value there, or nothing. */
export interface Edit {
  /** Keys and indices from the root. */
  readonly path: readonly (string | number)[];
  /** Absent to remove what is there. */
  readonly value?: unknown;
}

/** The object with the edit made. The object itself is not changed. */
export function applyEdit(object: unknown, edit: Edit): unknown {
  const [key, ...rest] = edit.path;
  if (key === undefined) return edit.value;
  if (Array.isArray(object)) {
    const items = [...object];
    if (rest.length === 0 && !('value' in edit)) items.splice(Number(key), 1);
    else items[Number(key)] = applyEdit(items[Number(key)], { ...edit, path: rest });
    return items;
  }
  const members = new Map<string, unknown>(Object.entries(object ?? {}));
  if (rest.length === 0 && !('value' in edit)) members.delete(String(key));
  else members.set(String(key), applyEdit(members.get(String(key)), { ...edit, path: rest }));
  return Object.fromEntries(members);
}
