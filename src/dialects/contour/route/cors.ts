import type { Cors } from '../../../model/route.ts';
import { patternFault } from '../../../policies/pattern.ts';
import type { CORSPolicy } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { parseGoDuration } from '../duration.ts';

export type CorsResult =
  | { readonly type: 'cors'; readonly cors: Cors }
  /** The message is the peer's. */
  | { readonly type: 'invalid'; readonly message: string; readonly field: string };

/** `scheme://host` with an optional port, and nothing more: what browsers send as an origin. */
const origin = /^[a-zA-Z][-+.a-zA-Z0-9]*:\/\/[^/?#\s\\^$*()|[\]{}]+$/;

/** Reads a `corsPolicy`. An allowed origin that is no origin is a pattern. */
export function readCors(policy: CORSPolicy): CorsResult {
  const invalid = (message: string, field: string): CorsResult => ({ type: 'invalid', message, field });
  const { allowOrigin, allowMethods, maxAge = '' } = policy;
  if (allowOrigin.length === 0) return invalid('invalid allowed origin configuration with length 0', 'allowOrigin');
  const exact: string[] = [];
  const patterns: string[] = [];
  for (const [index, value] of allowOrigin.entries()) {
    if (value === '*' || origin.test(value)) exact.push(value.toLowerCase());
    else if (patternFault(value) === null) patterns.push(value);
    else {
      return invalid(
        `invalid allowed origin ${goQuote(value)}: allowed origin is invalid exact match and invalid regex match`,
        `allowOrigin[${index}]`,
      );
    }
  }
  if (allowMethods.length === 0) return invalid('invalid allowed methods configuration with length 0', 'allowMethods');
  const age = maxAge === '' ? null : parseGoDuration(maxAge);
  if (age?.type === 'invalid') {
    return invalid(`unable to parse timeout string ${goQuote(maxAge)}: ${age.message}`, 'maxAge');
  }
  if (age !== null && age.milliseconds < 0) return invalid(`invalid max age value ${goQuote(maxAge)}`, 'maxAge');
  return {
    type: 'cors',
    cors: {
      allowOrigins: exact,
      ...(patterns.length === 0 ? {} : { allowOriginPatterns: patterns }),
      allowCredentials: policy.allowCredentials ?? false,
      allowMethods,
      allowHeaders: policy.allowHeaders ?? [],
      exposeHeaders: policy.exposeHeaders ?? [],
      maxAge: age === null ? null : Math.floor(age.milliseconds / 1_000),
      ...(policy.allowPrivateNetwork === true ? { allowPrivateNetwork: true } : {}),
    },
  };
}
