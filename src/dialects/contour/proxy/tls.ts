import type { Origin } from '../../../model/origin.ts';
import type { ListenerTls, TlsVersion } from '../../../model/tls.ts';
import type { HTTPProxyTLS } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { kinds, parseNamespacedName } from '../names.ts';
import type { Note, Notes } from '../notes.ts';
import type { ServedCertificate, TrustedBundle } from '../secret/secrets.ts';
import type { Settings } from '../settings.ts';
import { readClientValidation } from './client-validation.ts';
import type { ProxyContext, ProxyResource } from './context.ts';

/** How a host is served with TLS. */
export type HostTls =
  | { readonly type: 'none' }
  | { readonly type: 'passthrough' }
  | {
      readonly type: 'terminate';
      /** For HTTP; where bytes are carried as they are it offers no protocol. */
      readonly tls: ListenerTls;
      readonly certificate: ServedCertificate;
      readonly trusted: readonly TrustedBundle[];
      /** For clients that send no server name, or one that nobody has. */
      readonly fallback: Fallback | null;
    };

/** What clients are served with that send no server name, or one that nobody has. */
export interface Fallback {
  readonly served: ServedCertificate;
  readonly tls: ListenerTls;
  /** Where it is configured. */
  readonly origin: Origin;
}

const field = 'spec.virtualhost.tls';

/** Reads `virtualhost.tls`. Null where the proxy cannot be served as it asks; the notes tell why. */
export function readHostTls(context: ProxyContext, notes: Notes, proxy: ProxyResource): HostTls | null {
  const stated = proxy.object.spec.virtualhost?.tls;
  if (stated === undefined) return { type: 'none' };
  const fail = (reason: string, message: string, remedy: string, part = ''): null => {
    const effect = 'the proxy is not served';
    notes.error({ type: 'TLSError', reason, message, effect, remedy, field: `${field}${part}` });
    return null;
  };
  const { passthrough = false, enableFallbackCertificate = false } = stated;
  const secretName = (stated.secretName ?? '').trim();
  if (passthrough && enableFallbackCertificate) {
    return fail(
      'TLSIncompatibleFeatures',
      'Spec.VirtualHost.TLS: both Passthrough and enableFallbackCertificate were specified',
      'keep one of the two',
    );
  }
  if (secretName !== '' && passthrough) {
    return fail(
      'TLSConfigNotValid',
      'Spec.VirtualHost.TLS: both Passthrough and SecretName were specified',
      'keep one of the two',
    );
  }
  if (secretName === '' && !passthrough) {
    return fail(
      'TLSConfigNotValid',
      'Spec.VirtualHost.TLS: neither Passthrough nor SecretName were specified',
      'name a Secret with a certificate, or pass TLS through',
    );
  }
  if (passthrough) {
    if (stated.clientValidation === undefined) return { type: 'passthrough' };
    return fail(
      'TLSIncompatibleFeatures',
      'Spec.VirtualHost.TLS passthrough cannot be combined with tls.clientValidation',
      'leave the verification of clients to the backend, or terminate TLS',
    );
  }
  return readTermination(context, notes, proxy, stated, secretName, fail);
}

type Fail = (reason: string, message: string, remedy: string, part?: string) => null;

function readTermination(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  stated: HTTPProxyTLS,
  secretName: string,
  fail: Fail,
): HostTls | null {
  const { secrets, settings } = context;
  const name = parseNamespacedName(secretName, proxy.reference.namespace);
  const found = secrets.certificate(name, kinds.httpProxy, proxy);
  if (found.type === 'not-delegated') {
    return fail(
      'DelegationNotPermitted',
      `Spec.VirtualHost.TLS Secret ${goQuote(secretName)} certificate delegation not permitted`,
      found.remedy,
      '.secretName',
    );
  }
  if (found.type === 'invalid') {
    const message = `Spec.VirtualHost.TLS Secret ${goQuote(secretName)} is invalid: ${found.cause}`;
    return fail('SecretNotValid', message, found.remedy, '.secretName');
  }
  const versions = readVersions(notes, stated, settings);
  if (versions === null) {
    return fail(
      'TLSConfigNotValid',
      'Spec.Virtualhost.TLS the minimum protocol version is greater than the maximum protocol version',
      'let minimumProtocolVersion be at most maximumProtocolVersion',
    );
  }
  const fallback = readFallback(context, proxy, stated, fail);
  if (fallback === 'invalid') return null;
  const clients = readClientValidation(context, notes, proxy, stated.clientValidation);
  if (clients === null) return null;
  const certificate = found.value;
  return {
    type: 'terminate',
    tls: {
      certificates: [certificate.certificate.id],
      ...versions,
      ciphers: settings.frontendTls.ciphers,
      alpn: settings.frontendTls.alpn,
      ...(clients.validation === null ? {} : { clientValidation: clients.validation }),
    },
    certificate,
    trusted: clients.trusted,
    fallback,
  };
}

const versionNames: Readonly<Record<string, TlsVersion>> = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };

/** What a host asks for within what the configuration allows. Null where nothing is left. */
function readVersions(
  notes: Notes,
  { minimumProtocolVersion = '', maximumProtocolVersion = '' }: HTTPProxyTLS,
  { frontendTls }: Pick<Settings, 'frontendTls'>,
): Pick<ListenerTls, 'minVersion' | 'maxVersion'> | null {
  const read = (text: string, part: string, unset: TlsVersion): TlsVersion => {
    const version = Object.hasOwn(versionNames, text) ? versionNames[text] : undefined;
    if (version === undefined && text !== '') {
      const note: Note = {
        type: 'TLSError',
        reason: 'IgnoredField',
        message: `${part} ${goQuote(text)} is no version that is served; ${unset.replace('TLSv', '')} takes its place`,
        remedy: 'write 1.2 or 1.3',
        field: `${field}.${part}`,
      };
      notes.warn(note);
    }
    return version ?? unset;
  };
  const min = read(minimumProtocolVersion, 'minimumProtocolVersion', 'TLSv1.2');
  const max = read(maximumProtocolVersion, 'maximumProtocolVersion', 'TLSv1.3');
  const minVersion = min > frontendTls.minVersion ? min : frontendTls.minVersion;
  const maxVersion = max < frontendTls.maxVersion ? max : frontendTls.maxVersion;
  return minVersion > maxVersion ? null : { minVersion, maxVersion };
}

function readFallback(
  { settings, secrets }: ProxyContext,
  proxy: ProxyResource,
  { enableFallbackCertificate = false, clientValidation }: HTTPProxyTLS,
  fail: Fail,
): Fallback | null | 'invalid' {
  if (!enableFallbackCertificate) return null;
  const at = '.enableFallbackCertificate';
  if (clientValidation !== undefined) {
    const message = 'Spec.Virtualhost.TLS fallback & client validation are incompatible';
    fail('TLSIncompatibleFeatures', message, 'keep one of the two', at);
    return 'invalid';
  }
  const { fallbackCertificate } = settings;
  if (fallbackCertificate === null) {
    fail(
      'FallbackNotPresent',
      'Spec.Virtualhost.TLS enabled fallback but the fallback Certificate Secret is not configured in Contour configuration file',
      'name one in tls.fallback-certificate of the configuration',
      at,
    );
    return 'invalid';
  }
  const name = fallbackCertificate.value;
  const key = goQuote(`${name.namespace}/${name.name}`);
  const found = secrets.certificate(name, kinds.httpProxy, proxy);
  if (found.type === 'found') {
    const { minVersion, maxVersion, ciphers, alpn } = settings.frontendTls;
    const certificates = [found.value.certificate.id];
    const tls: ListenerTls = { certificates, minVersion, maxVersion, ciphers, alpn };
    return { served: found.value, tls, origin: fallbackCertificate.origin };
  }
  if (found.type === 'not-delegated') {
    fail(
      'FallbackNotDelegated',
      `Spec.VirtualHost.TLS Secret ${key} is not configured for certificate delegation`,
      found.remedy,
      at,
    );
  } else {
    const message = `Spec.Virtualhost.TLS Secret ${key} fallback certificate is invalid: ${found.cause}`;
    fail('FallbackNotValid', message, found.remedy, at);
  }
  return 'invalid';
}
