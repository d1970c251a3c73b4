import type { Match, ValueMatch } from '../../../../model/route.ts';
import type { PatternCache } from './pattern.ts';
import { fromByteString, toByteString } from './query.ts';
import type { RequestView } from './request-view.ts';

/** What a match asks of a request beside its path. */
export class Conditions {
  readonly #method: string | null;
  readonly #headers: readonly ValueCondition[];
  readonly #parameters: readonly ValueCondition[];

  constructor(match: Match, patterns: PatternCache) {
    this.#method = match.method;
    this.#headers = match.headers.map((each) => new ValueCondition(each, each.name.toLowerCase(), patterns));
    this.#parameters = match.queryParameters.map((each) => new ValueCondition(each, toByteString(each.name), patterns));
  }

  fit(view: RequestView): boolean {
    if (this.#method !== null && this.#method !== view.method) return false;
    for (const each of this.#headers) if (!each.fits(view.header(each.name))) return false;
    for (const each of this.#parameters) if (!each.fits(view.parameter(each.name))) return false;
    return true;
  }
}

class ValueCondition {
  readonly name: string;
  readonly #test: (value: string) => boolean;
  readonly #invert: boolean;
  /** Whether an absent value fits. */
  readonly #absentFits: boolean;

  constructor(match: ValueMatch, name: string, patterns: PatternCache) {
    this.name = name;
    this.#test = testOf(match, patterns);
    this.#invert = match.invert === true;
    this.#absentFits =
      match.missingIsEmpty === true ? this.#test('') !== this.#invert : match.type === 'present' && this.#invert;
  }

  /** An absent value fits no pattern, not even one that the empty string fits. */
  fits(value: string | null): boolean {
    return value === null ? this.#absentFits : this.#test(value) !== this.#invert;
  }
}

/** What a value must be, as bytes; inverted by whoever asks. A pattern that is none fits nothing. */
function testOf(match: ValueMatch, patterns: PatternCache): (value: string) => boolean {
  const { ignoreCase = false } = match;
  const fold = (value: string): string => (ignoreCase ? value.replace(/[A-Z]+/g, (text) => text.toLowerCase()) : value);
  const wanted = fold(toByteString(match.value));
  switch (match.type) {
    case 'exact':
      return ignoreCase ? (value) => fold(value) === wanted : (value) => value === wanted;
    case 'regex': {
      const pattern = patterns.compile(ignoreCase ? `(?i:${match.value})` : match.value);
      return (value) => pattern?.testExact(fromByteString(value)) ?? false;
    }
    case 'prefix':
      return (value) => fold(value).startsWith(wanted);
    case 'suffix':
      return (value) => fold(value).endsWith(wanted);
    case 'contains':
      return (value) => fold(value).includes(wanted);
    case 'present':
      return () => true;
  }
}
