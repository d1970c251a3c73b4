import type { HealthCheck } from '../../../model/health.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { type Decided, describeObject, type Origin } from '../../../model/origin.ts';
import type { BackendSecurity, ServerName } from '../../../model/tls.ts';
import type { Service } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { type ServicePortTarget, serviceName } from '../../../resources/service-port.ts';
import { originOf } from '../../../resources/set.ts';
import type { Notes } from '../notes.ts';
import type { ServedCertificate } from '../secret/secrets.ts';
import { externalNameOf } from '../service/lookup.ts';
import { type Protocol, readProtocol } from '../service/protocol.ts';
import { composeTls, readValidation, type Validation } from '../service/security.ts';
import { defaultOrigin } from '../settings.ts';
import type { ProxyContext } from './context.ts';

/** A service of a route or of a tcpproxy, as it stands at a field of its owner. */
export interface StatedService {
  readonly owner: Resource;
  readonly stated: Service;
  readonly field: string;
  readonly target: ServicePortTarget;
  /** The Host that the route sets, and where. It is the server name of the handshake too. */
  readonly host: { readonly value: string; readonly field: string } | null;
  readonly healthCheck: HealthCheck | null;
  /** Of connections on which nothing happens, milliseconds; undefined leaves it to the gateway. */
  readonly idleTimeout?: number | null | undefined;
  /** The port of the same Service that health checks go to. */
  readonly healthTarget: ServicePortTarget;
  /** What the backend gets: requests, whatever bytes a client sends, or the client's own TLS, which is the backend's business. */
  readonly carries: 'http' | 'bytes' | 'tls';
  /** What follows where the owner cannot be served as it asks. */
  readonly refusal?: string;
}

const notServed = 'the proxy is not served';

/** What placing a service needs to know. */
export type ServiceContext = Pick<ProxyContext, 'settings' | 'secrets' | 'backends'>;

/** The id of the backend, or null where the proxy cannot be served because of it; the notes tell why. */
export function placeService(context: ServiceContext, notes: Notes, service: StatedService): string | null {
  const { owner, stated, field, target } = service;
  const { settings, secrets, backends } = context;
  const { refusal = notServed } = service;
  if (service.carries === 'tls') return placePassthrough(context, notes, service);
  const read = readProtocol(owner, stated, field, target, settings.compatible);
  if (read.type === 'unsupported') {
    notes.error({
      type: 'ServiceError',
      reason: 'UnsupportedProtocol',
      message: `unsupported protocol: ${read.name}`,
      effect: `${refusal}, rather than being sent plain HTTP where encryption is expected`,
      remedy: `set protocol: tls or h2 on the service, or correct appProtocol of ${describeObject(target.service.reference)}`,
      field,
    });
    return null;
  }
  if (read.unknown !== null) noteUnknownProtocol(notes, service, read.unknown);
  noteIgnoredAnnotations(notes, service);
  const { protocol } = read;
  const isTls = protocol === 'tls' || protocol === 'h2';
  let validation: Validation | null = null;
  if (stated.validation !== undefined && isTls) {
    const at = `${field}.validation`;
    const result = readValidation(owner, stated.validation, at, `${stated.name}:${stated.port}`, secrets);
    if (result.type === 'invalid') {
      notes.error(result.note);
      return null;
    }
    validation = result.validation;
  }
  const client = readClientCertificate(context, notes, owner, refusal);
  if (client === 'invalid') return null;
  const security: BackendSecurity =
    protocol === 'tls' || protocol === 'h2'
      ? {
          type: 'tls',
          tls: composeTls({
            owner,
            protocol,
            asked: read.origin,
            validation,
            serverName: serverNameOf(service),
            client,
            settings,
          }),
        }
      : withoutTls(context, notes, service, read.origin);
  if (isTls && validation === null) noteUnverified(notes, service, protocol);
  return backends.place(
    target,
    {
      protocol: spoken(protocol, service.carries),
      security,
      connectTimeout: settings.connectTimeout,
      ...(service.idleTimeout === undefined ? {} : { idleTimeout: service.idleTimeout }),
      ...(service.healthCheck === null ? {} : { healthCheck: service.healthCheck }),
    },
    { client: isTls ? client : null, trusted: validation?.trusted ?? null },
    service.healthTarget,
  );
}

/** TLS that is passed through is between client and backend: the gateway adds none, and verifies nobody. */
function placePassthrough({ backends, settings }: ServiceContext, notes: Notes, service: StatedService): string {
  const { owner, stated, field, target, healthCheck, healthTarget } = service;
  if (stated.validation !== undefined || stated.protocol === 'tls' || stated.protocol === 'h2') {
    const part = stated.validation === undefined ? 'protocol' : 'validation';
    notes.warn({
      type: 'TCPProxyError',
      reason: 'PassedThrough',
      message: `${part} of Service [${stated.name}:${stated.port}] does not apply: TLS is passed through, and is between client and backend`,
      remedy: `remove ${part}, or let the virtual host terminate TLS`,
      field: `${field}.${part}`,
    });
  }
  return backends.place(
    target,
    {
      protocol: 'tcp',
      security: { type: 'plaintext', origin: originOf(owner, 'spec.virtualhost.tls.passthrough') },
      connectTimeout: settings.connectTimeout,
      ...(healthCheck === null ? {} : { healthCheck }),
    },
    { client: null, trusted: null },
    healthTarget,
  );
}

function spoken(protocol: Protocol, carries: StatedService['carries']): 'auto' | 'http1' | 'h2c' | 'tcp' {
  if (carries !== 'http') return 'tcp';
  // Over TLS without ALPN, as the peer does it, HTTP/1.1 is what is spoken.
  return protocol === 'tls' ? 'http1' : protocol === 'h2c' ? 'h2c' : 'auto';
}

/** Service before route before ExternalName, else no server name. */
function serverNameOf({ owner, host, target }: StatedService): Decided<ServerName> {
  if (host !== null) {
    return { value: fixedName(host.value.replace(/:\d+$/, '')), origin: originOf(owner, host.field) };
  }
  const external = externalNameOf(target.service.object);
  if (external !== '') {
    return { value: fixedName(external.replace(/\.$/, '')), origin: originOf(target.service, 'spec.externalName') };
  }
  return { value: { type: 'none' }, origin: defaultOrigin };
}

/** An IP address is no server name (RFC 6066 section 3). */
function fixedName(host: string): ServerName {
  const isAddress = canonicalIpAddress(host.replace(/^\[|\]$/g, '')) !== null;
  return isAddress ? { type: 'none' } : { type: 'fixed', name: host.toLowerCase() };
}

/** A `validation` of a service without TLS: what is to be verified is not sent unencrypted instead. */
function withoutTls(
  { settings }: ServiceContext,
  notes: Notes,
  { owner, stated, field, target }: StatedService,
  origin: Origin,
): BackendSecurity {
  if (stated.validation === undefined) return { type: 'plaintext', origin };
  const name = `${stated.name}:${stated.port}`;
  const message = `Service [${name}] has a validation, and nothing says that it speaks TLS`;
  if (settings.compatible) {
    notes.warn({
      type: 'ServiceError',
      reason: 'ValidationIgnored',
      message: `${message}: compatibility with Contour asks for its requests to be sent unencrypted`,
      effect: `${serviceName(target)} gets requests whoever it is, and whoever is on the way can read them`,
      remedy: `set protocol: tls on the service, or start farside without --compat contour`,
      field: `${field}.validation`,
    });
    return { type: 'plaintext', origin };
  }
  notes.warn({
    type: 'ServiceError',
    reason: 'ValidationWithoutTLS',
    message: `${message}: its requests are answered with 503 rather than sent unencrypted`,
    effect: `${serviceName(target)} answers 503`,
    remedy: `set protocol: tls on the service, or the annotation projectcontour.io/upstream-protocol.tls of Service ${stated.name} to "${stated.port}"`,
    field: `${field}.validation`,
  });
  return { type: 'refused', reason: 'ValidationWithoutTLS', message, origin: originOf(owner, `${field}.validation`) };
}

function noteUnverified(notes: Notes, { stated, field, target, owner }: StatedService, protocol: Protocol): void {
  const asker =
    stated.protocol === undefined
      ? describeObject(target.service.reference)
      : `protocol: ${stated.protocol} of ${describeObject(owner.reference)}`;
  notes.warn({
    type: 'ServiceError',
    reason: 'Unverified',
    message: `Service [${stated.name}:${stated.port}] is spoken to over TLS (${protocol}, asked for by ${asker}) and nobody verifies who answers`,
    effect: `${serviceName(target)} gets requests whoever it is`,
    remedy:
      owner.reference.kind === 'Ingress'
        ? 'let an HTTPProxy take the place of the Ingress: its services can have a validation'
        : 'set validation on the service, with caSecret and subjectName',
    field,
  });
}

const protocolAnnotation = /^projectcontour\.io\/upstream-protocol\.(?:tls|h2c?)$/;

/** Bounds on connections and requests, which nothing here heeds, and names that nobody knows. */
function noteIgnoredAnnotations(notes: Notes, { field, target }: StatedService): void {
  const { service } = target;
  const names = Object.keys(service.object.metadata.annotations ?? {});
  for (const name of names) {
    if (!name.startsWith('projectcontour.io/') || protocolAnnotation.test(name)) continue;
    notes.warn({
      type: 'ServiceError',
      reason: 'IgnoredAnnotation',
      message: `annotation ${name} of ${describeObject(service.reference)} has no effect`,
      remedy: 'remove it, or correct its name',
      field,
    });
  }
}

function noteUnknownProtocol(notes: Notes, { field, target }: StatedService, name: string): void {
  notes.warn({
    type: 'ServiceError',
    reason: 'UnknownAppProtocol',
    message: `appProtocol ${goQuote(name)} of ${describeObject(target.service.reference)} is none that is known; it is taken for http`,
    remedy: 'set appProtocol to https, http, kubernetes.io/h2c or kubernetes.io/ws, or remove it',
    field,
  });
}

/** Configured by an administrator, the certificate needs no delegation. Without it nothing is sent: that is not what was asked. */
export function readClientCertificate(
  { settings, secrets }: Pick<ServiceContext, 'settings' | 'secrets'>,
  notes: Notes,
  owner: Resource,
  effect = notServed,
): (ServedCertificate & { readonly origin: Origin }) | null | 'invalid' {
  const { clientCertificate } = settings;
  if (clientCertificate === null) return null;
  const { value: name, origin } = clientCertificate;
  const found = secrets.configuredCertificate(name, owner);
  if (found.type === 'found') return { ...found.value, origin };
  const cause = found.type === 'invalid' ? found.cause : 'Secret not found';
  notes.error({
    type: 'TLSError',
    reason: 'SecretNotValid',
    message: `tls.envoy-client-certificate Secret ${goQuote(`${name.namespace}/${name.name}`)} is invalid: ${cause}`,
    effect,
    remedy: found.type === 'invalid' ? found.remedy : 'create the Secret',
    field: '',
  });
  return 'invalid';
}
