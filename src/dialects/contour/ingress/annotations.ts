import type { TlsVersion } from '../../../model/tls.ts';
import type { Ingress } from '../../../resources/core.ts';
import type { RetryPolicy } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { parseTimeout } from '../duration.ts';
import type { Notes } from '../notes.ts';

/** What the annotations of an Ingress say. */
export interface IngressAnnotations {
  /** `projectcontour.io/tls-cert-namespace`: where the Secrets of its TLS are; empty for its own namespace. */
  readonly certificateNamespace: string;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** `ingress.kubernetes.io/force-ssl-redirect`: without TLS clients are sent to where there is some. */
  readonly requiresTls: boolean;
  /** `kubernetes.io/ingress.allow-http: "false"`, which counts where nobody is sent away. */
  readonly onlyTls: boolean;
  /** A text of Go's, or undefined for the default. */
  readonly responseTimeout: string | undefined;
  readonly retry: RetryPolicy | undefined;
  /** Paths, as the rules state them, that may become WebSockets. */
  readonly webSocketPaths: ReadonlySet<string>;
}

const own = (name: string): string => `projectcontour.io/${name}`;
const forceRedirect = 'ingress.kubernetes.io/force-ssl-redirect';
const allowHttp = 'kubernetes.io/ingress.allow-http';

/** Annotations that begin like ours and are none of an Ingress are told: what they ask for is not done. */
const known: ReadonlySet<string> = new Set([
  own('ingress.class'),
  own('num-retries'),
  own('per-try-timeout'),
  own('request-timeout'),
  own('response-timeout'),
  own('retry-on'),
  own('tls-cert-namespace'),
  own('tls-maximum-protocol-version'),
  own('tls-minimum-protocol-version'),
  own('websocket-routes'),
]);

/** Reads what Contour reads of an Ingress. What it would pass over in silence is told. */
export function readAnnotations(notes: Notes, ingress: Resource<Ingress>): IngressAnnotations {
  const { annotations = {} } = ingress.object.metadata;
  const textOf = (name: string): string => annotations[own(name)] ?? '';
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith('projectcontour.io/') || known.has(name)) continue;
    warn(notes, name, 'is none that an Ingress has', 'remove it');
  }
  const requiresTls = annotations[forceRedirect] === 'true';
  return {
    certificateNamespace: textOf('tls-cert-namespace'),
    minVersion: readVersion(notes, textOf('tls-minimum-protocol-version'), 'minimum', 'TLSv1.2'),
    maxVersion: readVersion(notes, textOf('tls-maximum-protocol-version'), 'maximum', 'TLSv1.3'),
    requiresTls,
    onlyTls: !requiresTls && annotations[allowHttp] === 'false',
    responseTimeout: readResponseTimeout(notes, annotations),
    retry: readRetryPolicy(notes, annotations),
    webSocketPaths: new Set(listOf(textOf('websocket-routes'))),
  };
}

const versions: Readonly<Record<string, TlsVersion>> = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };

function readVersion(notes: Notes, text: string, end: 'minimum' | 'maximum', unset: TlsVersion): TlsVersion {
  const version = Object.hasOwn(versions, text) ? versions[text] : undefined;
  if (version === undefined && text !== '') {
    const instead = unset.replace('TLSv', '');
    const message = `is ${goQuote(text)}, no version that is served; ${instead} takes its place`;
    warn(notes, own(`tls-${end}-protocol-version`), message, 'write "1.2" or "1.3"');
  }
  return version ?? unset;
}

/** The name with "request" is an old one for the same. */
function readResponseTimeout(notes: Notes, annotations: Readonly<Record<string, string>>): string | undefined {
  const name = annotations[own('response-timeout')] ? 'response-timeout' : 'request-timeout';
  const text = annotations[own(name)];
  const read = parseTimeout(text);
  if (read.type !== 'invalid') return text;
  warn(notes, own(name), `is not understood, and the default counts: ${read.message}`, 'write a duration such as 30s');
  return undefined;
}

type RetryReason = NonNullable<RetryPolicy['retryOn']>[number];

const reasons: readonly RetryReason[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
];

function readRetryPolicy(notes: Notes, annotations: Readonly<Record<string, string>>): RetryPolicy | undefined {
  const stated = listOf(annotations[own('retry-on')] ?? '');
  if (stated.length === 0) return undefined;
  const retryOn = reasons.filter((reason) => stated.includes(reason));
  const unknown = stated.filter((text) => !reasons.some((reason) => reason === text));
  if (unknown.length > 0) {
    warn(notes, own('retry-on'), `names ${unknown.join(', ')}, no reason for a retry that is known`, 'remove it');
  }
  // Without any reason that is known nothing is tried again, which a policy without reasons would not say.
  if (retryOn.length === 0) return { count: -1 };
  const perTry = parseTimeout(annotations[own('per-try-timeout')]);
  if (perTry.type === 'invalid') {
    warn(notes, own('per-try-timeout'), `is not understood, and sets no limit: ${perTry.message}`, 'write a duration');
  }
  const perTryTimeout = perTry.type === 'limit' ? { perTryTimeout: `${perTry.milliseconds}ms` } : {};
  return { count: retryCount(annotations[own('num-retries')] ?? ''), retryOn, ...perTryTimeout };
}

/** -1 tries nothing again; whatever is no number from 1 on tries once. */
function retryCount(text: string): number {
  const count = /^[-+]?\d+$/.test(text) ? Number(text) : 0;
  return count === -1 ? -1 : count >= 1 && count <= 2_147_483_647 ? count : 1;
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function warn(notes: Notes, name: string, message: string, remedy: string): void {
  notes.warn({
    type: 'SpecError',
    reason: 'IgnoredField',
    message: `annotation ${name} ${message}`,
    remedy,
    field: `metadata.annotations[${name}]`,
  });
}
