import { RE2JS } from 're2js';

/** Tells whether an RE2 pattern is found anywhere in a text. */
export type Pattern = (text: string) => boolean;

/**
 * Texts longer than this go to the engine without backtracking, so that no object can make a pattern slow. Lower-case
 * host names, the longest texts that patterns see in practice, have at most 253 characters.
 */
const longestBacktracked = 512;

const patterns = new Map<string, Pattern>();

/**
 * Compiles a pattern of a schema or of a CEL `matches()`. Throws where it is no RE2 pattern.
 *
 * JavaScript's own engine runs the patterns that mean the same in both languages; it is ten times as fast.
 */
export function compilePattern(source: string): Pattern {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  let linear: RE2JS | undefined;
  const re2 = (text: string): boolean => {
    linear ??= RE2JS.compile(source);
    return linear.matcher(text).find();
  };
  const native = nativePattern(source);
  const pattern =
    native === null ? re2 : (text: string) => (text.length > longestBacktracked ? re2(text) : native.test(text));
  patterns.set(source, pattern);
  return pattern;
}

/** Null where the pattern might mean something else in JavaScript. */
function nativePattern(source: string): RegExp | null {
  // Flags, named groups and a ] at the start of a class have another syntax; \s, \z, \A, \Q, \p another meaning or none.
  if (/\(\?(?!:)|\\[sSCzAQEpPbBGK]|\[\^?\]|\[\[?:/.test(source)) return null;
  const anyCharacter = source.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\./gs, (token) => (token === '.' ? '[^\\n]' : token));
  try {
    return new RegExp(anyCharacter, 'u');
  } catch {
    // An escape that RE2 permits and JavaScript does not.
    return null;
  }
}
