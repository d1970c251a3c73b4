import { Violation } from './violation.ts';

/** What a Connection field says (RFC 9110 section 7.6.1). */
export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Names of further fields that belong to this hop, lower-case, or null. */
  readonly nominated: ReadonlySet<string> | null;
}

const none: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, nominated: null };
const closing: ConnectionOptions = { ...none, close: true };
const keeping: ConnectionOptions = { ...none, keepAlive: true };
const upgrading: ConnectionOptions = { ...none, upgrade: true };

/**
 * Fields that every recipient must see (RFC 9110 section 7.6.1). A client that could name them would strip what the
 * next hop relies on: the framing, who is calling, what was decided about him on the way.
 */
const endToEnd: ReadonlySet<string> = new Set([
  'accept-encoding',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'forwarded',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'origin',
  'range',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'vary',
  'via',
  'www-authenticate',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-request-id',
]);

const optionName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** Parses the value of all Connection fields together; empty without any. */
export function parseConnection(value: string): ConnectionOptions | Violation {
  switch (value) {
    case '':
      return none;
    case 'keep-alive':
    case 'Keep-Alive':
      return keeping;
    case 'close':
      return closing;
    case 'upgrade':
    case 'Upgrade':
      return upgrading;
  }
  let close = false;
  let keepAlive = false;
  let upgrade = false;
  let nominated: Set<string> | null = null;
  for (const part of value.toLowerCase().split(',')) {
    const option = part.trim();
    if (option === '') continue;
    if (option === 'close') close = true;
    else if (option === 'keep-alive') keepAlive = true;
    else if (option === 'upgrade') upgrade = true;
    else if (!optionName.test(option)) return badOption;
    else if (endToEnd.has(option)) return endToEndOption;
    else {
      nominated ??= new Set();
      nominated.add(option);
    }
  }
  return { close, keepAlive, upgrade, nominated };
}

const badOption = new Violation(400, 'connection', 'Connection is not a list of names');
const endToEndOption = new Violation(400, 'connection', 'Connection names a field that is not for this hop alone');
