import type { Cors } from '../../../model/route.ts';
import type { HTTPCORSFilter } from '../../../resources/generated/types.ts';

/** A CORS filter as the model has it. What the schema lets in can all be done. */
export function readCors(stated: HTTPCORSFilter): Cors {
  return {
    allowOrigins: (stated.allowOrigins ?? []).map((origin) => origin.toLowerCase()),
    allowCredentials: stated.allowCredentials ?? false,
    allowMethods: stated.allowMethods ?? [],
    allowHeaders: stated.allowHeaders ?? [],
    exposeHeaders: stated.exposeHeaders ?? [],
    maxAge: stated.maxAge,
  };
}
