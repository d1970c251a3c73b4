import type { Finding } from '../../../model/finding.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import type { Decided } from '../../../model/origin.ts';
import type { HeadersPolicy, NamespacedName } from '../../../resources/generated/contour-types.ts';
import { isRecord } from '../../../resources/plain-record.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { parseGoDuration, parseTimeout } from '../duration.ts';
import type { NamespacedName as Name } from '../names.ts';
import { withTls13 } from '../service/security.ts';
import { type DefaultHeaders, defaultSettings, type Settings } from '../settings.ts';
import { fileKeys } from './keys.ts';
import type { ConfigurationSource } from './source.ts';
import { readTls } from './tls.ts';

export interface ReadConfiguration {
  readonly settings: Settings;
  /** Errors are what cannot be taken as it is; warnings are what nothing here does. */
  readonly findings: readonly Finding[];
}

/** Reads what the configuration decides. What it does not say, or says wrongly, is what it is without one, or stricter. */
export function readConfiguration(source: ConfigurationSource, compatible: boolean): ReadConfiguration {
  const findings: Finding[] = [];
  const { envoy, httpproxy, ingress, policy, enableExternalNameService, globalExtAuth } = source.spec;
  const upstreamTls = readTls(source, envoy?.cluster?.upstreamTLS, 'envoy.cluster.upstreamTLS', findings);
  const frontend = readTls(source, envoy?.listener?.tls, 'envoy.listener.tls', findings);
  const settings: Settings = {
    ingressClasses: ingress?.classNames ?? [],
    rootNamespaces: httpproxy?.rootNamespaces ?? [],
    disablePermitInsecure: httpproxy?.disablePermitInsecure ?? false,
    enableExternalNameService: enableExternalNameService ?? false,
    fallbackCertificate: readName(source, httpproxy?.fallbackCertificate, 'httpproxy.fallbackCertificate', findings),
    clientCertificate: readName(source, envoy?.clientCertificate, 'envoy.clientCertificate', findings),
    upstreamTls,
    frontendTls: {
      minVersion: frontend.minVersion?.value ?? defaultSettings.frontendTls.minVersion,
      maxVersion: frontend.maxVersion?.value ?? defaultSettings.frontendTls.maxVersion,
      ciphers:
        frontend.ciphers === null ? null : withTls13(frontend.ciphers, frontend.maxVersion?.value !== 'TLSv1.2').value,
      alpn: readVersions(source, envoy?.defaultHTTPVersions, findings),
    },
    requestTimeout: defaultSettings.requestTimeout,
    streamIdleTimeout: readIdleTimeout(source, envoy?.timeouts?.streamIdleTimeout, findings),
    connectTimeout: readConnectTimeout(source, envoy?.timeouts?.connectTimeout, findings),
    globalAuthorization: isAsked(globalExtAuth) ? { value: true, origin: source.originOf('globalExtAuth') } : null,
    requestHeaders: readHeaders(source, policy?.requestHeaders, 'policy.requestHeaders', findings),
    responseHeaders: readHeaders(source, policy?.responseHeaders, 'policy.responseHeaders', findings),
    headersForIngress: policy?.applyToIngress ?? false,
    statusAddresses: readAddresses(ingress?.statusAddress),
    compatible,
  };
  return { settings, findings: [...findings, ...notDone(source)] };
}

/** Authorization that is disabled for every host is none. */
function isAsked(globalExtAuth: unknown): boolean {
  if (!isRecord(globalExtAuth) || Object.keys(globalExtAuth).length === 0) return false;
  return !(isRecord(globalExtAuth.authPolicy) && globalExtAuth.authPolicy.disabled === true);
}

function readName(
  source: ConfigurationSource,
  stated: Partial<NamespacedName> | undefined,
  field: string,
  findings: Finding[],
): Decided<Name> | null {
  const [name, namespace] = [stated?.name?.trim() ?? '', stated?.namespace?.trim() ?? ''];
  if (name === '' && namespace === '') return null;
  const missing = namespace === '' ? 'namespace' : name === '' ? 'name' : null;
  if (missing !== null) {
    findings.push(
      source.finding('error', 'SecretNotValid', field, {
        message: `${missing} must be defined`,
        effect: 'no Secret is found by that',
        remedy: `set ${source.nameOf(`${field}.${missing}`)}`,
      }),
    );
  }
  return { value: { namespace, name }, origin: source.originOf(field) };
}

const httpVersions: Readonly<Record<string, string>> = { 'http/1.1': 'http/1.1', 'http/2': 'h2' };

/** As ALPN has them, HTTP/2 first: a client that speaks both is better served by one connection. */
function readVersions(
  source: ConfigurationSource,
  stated: readonly string[] = [],
  findings: Finding[],
): readonly string[] {
  const asked = new Set<string>();
  const unknown: string[] = [];
  for (const text of stated) {
    const key = text.toLowerCase();
    const version = Object.hasOwn(httpVersions, key) ? httpVersions[key] : undefined;
    if (version === undefined) unknown.push(text);
    else asked.add(version);
  }
  if (unknown.length > 0) {
    findings.push(
      source.finding('error', 'HTTPVersionNotValid', 'envoy.defaultHTTPVersions', {
        message: `invalid HTTP versions [${unknown.map((each) => goQuote(each)).join(' ')}]`,
        effect: 'they are not offered to clients',
        remedy: 'write HTTP/1.1 or HTTP/2',
      }),
    );
  }
  const { alpn } = defaultSettings.frontendTls;
  return asked.size === 0 ? alpn : alpn.filter((each) => asked.has(each));
}

function readConnectTimeout(source: ConfigurationSource, text: string | undefined, findings: Finding[]): number {
  if (text === undefined || text === '') return defaultSettings.connectTimeout;
  const read = parseGoDuration(text);
  if (read.type === 'duration' && read.milliseconds > 0) return Math.max(1, Math.round(read.milliseconds));
  const message = read.type === 'invalid' ? read.message : 'connections cannot be made in no time';
  return invalidTime(source, 'envoy.timeouts.connectTimeout', message, defaultSettings.connectTimeout, findings);
}

function readIdleTimeout(
  source: ConfigurationSource,
  text: string | undefined,
  findings: Finding[],
): Settings['streamIdleTimeout'] {
  const read = parseTimeout(text);
  switch (read.type) {
    case 'limit':
      return read.milliseconds;
    case 'invalid':
      return invalidTime(source, 'envoy.timeouts.streamIdleTimeout', read.message, undefined, findings);
    default:
      return read.type === 'none' ? null : undefined;
  }
}

function invalidTime<T>(
  source: ConfigurationSource,
  field: string,
  message: string,
  fallback: T,
  findings: Finding[],
): T {
  findings.push(
    source.finding('error', 'TimeoutNotValid', field, {
      message,
      effect: 'the default counts',
      remedy: 'write a duration such as 2s or 1m30s',
    }),
  );
  return fallback;
}

const headerName = /^[-A-Za-z0-9]+$/;

function readHeaders(
  source: ConfigurationSource,
  stated: HeadersPolicy | undefined,
  field: string,
  findings: Finding[],
): DefaultHeaders | null {
  const { set = {}, remove = [] } = stated ?? {};
  if (Object.keys(set).length + remove.length === 0) return null;
  const isValid = (name: string, part: string): boolean => {
    if (headerName.test(name)) return true;
    findings.push(
      source.finding('error', 'HeadersPolicyNotValid', `${field}.${part}`, {
        message: `invalid header name ${goQuote(name)}`,
        effect: 'it is passed over',
        remedy: 'write letters, digits and dashes',
      }),
    );
    return false;
  };
  return {
    set: Object.fromEntries(Object.entries(set).filter(([name]) => isValid(name, 'set'))),
    remove: remove.filter((name) => isValid(name, 'remove')),
  };
}

/** A list with commas; whatever is no address is a host name. Null leaves it to what the gateway has. */
function readAddresses(text = ''): Settings['statusAddresses'] {
  const addresses = text.split(',').flatMap((each) => {
    const address = each.trim();
    if (address === '') return [];
    const ip = canonicalIpAddress(address);
    return [ip === null ? { hostname: address } : { ip }];
  });
  return addresses.length === 0 ? null : addresses;
}

/** Values that ask for no more than is done anyway. */
const harmless: ReadonlySet<unknown> = new Set([false, 0, '', 'infinity', 'infinite', 'auto', 'overwrite']);

/** What is asked for and not done, each key of the file by itself. */
function notDone(source: ConfigurationSource): readonly Finding[] {
  return fileKeys.flatMap(({ field, use }) => {
    if (use !== 'not-done') return [];
    const value = valueAt(source.spec, field);
    if (value === undefined || harmless.has(value) || (isRecord(value) && Object.keys(value).length === 0)) return [];
    const effect = field === 'rateLimitService' ? { effect: 'requests are not limited by it' } : {};
    return [
      source.finding('warning', 'IgnoredField', field, {
        message: 'nothing here does this',
        ...effect,
        remedy: 'remove it, or do not count on it',
      }),
    ];
  });
}

function valueAt(spec: unknown, field: string): unknown {
  let value: unknown = spec;
  for (const name of field.split('.')) value = isRecord(value) ? value[name] : undefined;
  return value;
}
