import { RE2JS } from 're2js';

export type Pattern = RE2JS;

const maxRemembered = 4_096;

/** Compiled patterns, one for each distinct text. RE2 takes time linear to its input, whatever the pattern. */
export class PatternCache {
  readonly #patterns = new Map<string, Pattern | null>();

  /** The pattern, or null where it is not RE2 syntax: a match with it fits nothing. */
  compile(text: string): Pattern | null {
    const known = this.#patterns.get(text);
    if (known !== undefined) return known;
    // Routes hold their patterns themselves, so forgetting costs no more than compiling again.
    if (this.#patterns.size >= maxRemembered) this.#patterns.clear();
    const pattern = compileOrNull(text);
    this.#patterns.set(text, pattern);
    return pattern;
  }
}

function compileOrNull(text: string): Pattern | null {
  try {
    return RE2JS.compile(text);
  } catch {
    // Translation, which knows the origin, reports the fault; here it must only never fit.
    return null;
  }
}
