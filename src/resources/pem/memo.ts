import { createHash } from 'node:crypto';

/**
 * A pure function of texts, remembered by their content. Keys are digests, so that no text is held on to; when `limit`
 * results are kept the one that was asked for longest ago goes.
 */
export function rememberByContent<T extends object>(
  limit: number,
  compute: (...texts: readonly string[]) => T,
): (...texts: readonly string[]) => T {
  const results = new Map<string, T>();
  return (...texts) => {
    const key = digest(texts);
    const known = results.get(key);
    if (known !== undefined) {
      results.delete(key);
      results.set(key, known);
      return known;
    }
    const result = compute(...texts);
    results.set(key, result);
    if (results.size > limit) {
      const oldest = results.keys().next();
      if (oldest.done !== true) results.delete(oldest.value);
    }
    return result;
  };
}

function digest(texts: readonly string[]): string {
  const hash = createHash('sha256');
  // The lengths keep ('ab', 'c') and ('a', 'bc') apart.
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64');
}
