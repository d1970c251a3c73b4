import type { Match, ValueMatch } from '../../../../model/route.ts';
import type { Pattern, PatternCache } from './pattern.ts';
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
  readonly #exact: string | null;
  readonly #pattern: Pattern | null;

  constructor(match: ValueMatch, name: string, patterns: PatternCache) {
    this.name = name;
    this.#exact = match.type === 'exact' ? toByteString(match.value) : null;
    this.#pattern = match.type === 'regex' ? patterns.compile(match.value) : null;
  }

  /** An absent value fits nothing, not even a pattern that the empty string fits. */
  fits(value: string | null): boolean {
    if (value === null) return false;
    if (this.#exact !== null) return value === this.#exact;
    return this.#pattern?.testExact(fromByteString(value)) ?? false;
  }
}
