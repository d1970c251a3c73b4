import { createHash } from 'node:crypto';
import { framingFields } from '../../../model/framing-fields.ts';
import type { SessionCarrier, SessionPersistence, SessionScope } from '../../../model/session.ts';
import type { SessionPersistence as Stated } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { parseDuration } from './duration.ts';
import type { Fault } from './fault.ts';

/** As an object says it. A cluster whose definitions are older than 1.7 has the names of those. */
export type StatedSessionPersistence = Stated & FormerSessionPersistence;

interface FormerSessionPersistence {
  readonly sessionName?: string;
  /** Until 1.5. */
  readonly idleTimeout?: string;
  readonly cookieConfig?: { readonly lifetimeType?: 'Permanent' | 'Session' };
}

/** What `sessionPersistence` says, or why it cannot be done. */
export type ReadSessionPersistence =
  | { readonly type: 'sessions'; readonly sessions: SessionPersistence }
  | { readonly type: 'invalid'; readonly fault: Fault };

/** RFC 6265 section 4.1.1, RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 6265 section 5.2.4: what begins otherwise is not looked at. */
const cookiePath = /^\/[\x20-\x3a\x3c-\x7e]*$/;

/** Those of a rule: of all routes, listeners and replicas that serve it. An index is what is left where it has no name. */
export function scopeOf({ reference, object }: Resource, index: number, ruleName: string | undefined): SessionScope {
  const { kind, namespace, name } = reference;
  const rule = ruleName === undefined ? `#${index}` : `/${ruleName}`;
  const { uid = '' } = object.metadata;
  return { name: `${kind}/${namespace}/${name}${rule}`, uid: uid === '' ? null : uid };
}

/** Reads the `sessionPersistence` that stands at `field` of a rule, or of an XBackend that a rule leads to (GEP-1619). */
export function readSessionPersistence(
  stated: StatedSessionPersistence,
  scope: SessionScope,
  field: string,
): ReadSessionPersistence {
  const invalid = (part: string, message: string, remedy: string): ReadSessionPersistence => ({
    type: 'invalid',
    fault: { reason: 'UnsupportedValue', message, remedy, field: `${field}.${part}` },
  });
  const { absoluteTimeout, idleTimeout, type } = stated;
  if (idleTimeout !== undefined) {
    return invalid('idleTimeout', 'idleTimeout is not supported by this version', 'use absoluteTimeout instead');
  }
  const timeout = absoluteTimeout === undefined ? null : parseDuration(absoluteTimeout);
  if (absoluteTimeout !== undefined && (timeout === null || timeout === 0)) {
    const message = timeout === null ? 'is no duration' : 'ends every session as it begins';
    return invalid('absoluteTimeout', `absoluteTimeout ${absoluteTimeout} ${message}`, 'state a longer time, or none');
  }
  if (type !== 'Header' && type !== 'Cookie') {
    return invalid('type', `sessionPersistence of type ${type} is not supported by this version`, 'use type Cookie');
  }
  const carrier = type === 'Header' ? readHeader(stated) : readCookie(stated, timeout, scope);
  if ('message' in carrier) return invalid(carrier.part, carrier.message, carrier.remedy);
  return { type: 'sessions', sessions: { carrier, absoluteTimeout: timeout, scope } };
}

interface CarrierFault {
  readonly part: string;
  readonly message: string;
  readonly remedy: string;
}

function readHeader({ header, sessionName }: StatedSessionPersistence): SessionCarrier | CarrierFault {
  const part = header === undefined && sessionName !== undefined ? 'sessionName' : 'header.name';
  const name = header?.name ?? sessionName;
  const remedy = 'name a header of your own, such as x-session';
  if (name === undefined) return { part, message: 'sessionPersistence of type Header names no header', remedy };
  if (!token.test(name)) return { part, message: `"${name}" is no header name (RFC 9110 section 5.1)`, remedy };
  const lower = name.toLowerCase();
  if (framingFields.has(lower) || taken.has(lower)) {
    return { part, message: `header "${lower}" has a meaning of its own, and cannot carry sessions`, remedy };
  }
  return { type: 'header', name: lower };
}

/** Fields that clients or the gateway write with another meaning. */
const taken: ReadonlySet<string> = new Set([
  ...['host', 'cookie', 'set-cookie', 'authorization', 'content-type', 'content-encoding', 'location', 'date'],
  ...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-client-cert', 'x-request-id'],
]);

function readCookie(
  { cookie, cookieConfig, sessionName }: StatedSessionPersistence,
  timeout: number | null,
  scope: SessionScope,
): SessionCarrier | CarrierFault {
  const { name = sessionName, path = '/' } = cookie ?? {};
  if (name !== undefined && !token.test(name)) {
    const part = cookie?.name === undefined ? 'sessionName' : 'cookie.name';
    return { part, message: `"${name}" is no cookie name (RFC 6265 section 4.1.1)`, remedy: 'use letters and digits' };
  }
  if (!cookiePath.test(path)) {
    const message = `"${path}" cannot be the Path of a cookie (RFC 6265 section 5.2.4)`;
    return { part: 'cookie.path', message, remedy: 'begin it with a slash, and leave semicolons out' };
  }
  const isPermanent = (cookie?.lifetimeType ?? cookieConfig?.lifetimeType) === 'Permanent';
  if (isPermanent && timeout === null) {
    const message = 'a Permanent cookie needs absoluteTimeout';
    return { part: 'absoluteTimeout', message, remedy: 'state absoluteTimeout' };
  }
  return {
    type: 'cookie',
    name: name ?? cookieNameOf(scope),
    attributes: {
      path,
      maxAge: isPermanent && timeout !== null ? Math.ceil(timeout / 1_000) : null,
      ...{ httpOnly: true, secure: 'auto', sameSite: 'Strict' },
    },
  };
}

/** One that no other rule has. It follows from the rule's name, so that it stays the same; and does not tell it. */
function cookieNameOf({ name, uid }: SessionScope): string {
  const digest = createHash('sha256')
    .update(`${uid ?? ''} ${name}`)
    .digest('hex');
  return `farside-session-${digest.slice(0, 12)}`;
}
