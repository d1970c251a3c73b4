import type { Cause } from '../../../model/cause.ts';
import type { Finding, Severity } from '../../../model/finding.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';

/** Something wrong with a route, at a field of the route. */
export interface Fault {
  readonly reason: string;
  readonly message: string;
  readonly effect?: string;
  readonly remedy: string;
  /** Path within the object. */
  readonly field: string;
  /** `error` unless stated. */
  readonly severity?: Severity;
}

/** The same for the log of requests. */
export function causeOf(resource: Resource, { message, field }: Fault): Cause {
  return { message, origin: originOf(resource, field) };
}

export function findingOf(resource: Resource, fault: Fault): Finding {
  const { reason, message, effect, remedy, field, severity = 'error' } = fault;
  return {
    severity,
    reason,
    message,
    ...(effect === undefined ? {} : { effect }),
    remedy,
    origin: originOf(resource, field),
  };
}
