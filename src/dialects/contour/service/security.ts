import { cipherSuites, findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Decided, Origin } from '../../../model/origin.ts';
import type { BackendTls, ServerName } from '../../../model/tls.ts';
import type { UpstreamValidation } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { originOf } from '../../../resources/set.ts';
import { kinds, parseNamespacedName } from '../names.ts';
import type { Note } from '../notes.ts';
import type { Secrets, ServedCertificate, TrustedBundle } from '../secret/secrets.ts';
import { defaultOrigin, type Settings } from '../settings.ts';
import type { Protocol } from './protocol.ts';

/** Who a backend must prove to be. */
export interface Validation {
  readonly trusted: TrustedBundle;
  readonly names: readonly string[];
  readonly stated: UpstreamValidation;
  readonly field: string;
}

export type ValidationResult =
  | { readonly type: 'validation'; readonly validation: Validation }
  | { readonly type: 'invalid'; readonly note: Note };

/**
 * Reads a `validation`, which stands at `field` of its owner.
 *
 * @param service `name:port` in messages, or null where the validation is of an ExtensionService
 */
export function readValidation(
  owner: Resource,
  stated: UpstreamValidation,
  field: string,
  service: string | null,
  secrets: Secrets,
): ValidationResult {
  const name = parseNamespacedName(stated.caSecret, owner.reference.namespace);
  const key = goQuote(`${name.namespace}/${name.name}`);
  const kind = service === null ? kinds.extensionService : kinds.httpProxy;
  const found = secrets.authorities(name, kind, owner);
  const effect = service === null ? 'nothing is asked of it' : 'the proxy is not served';
  if (found.type === 'not-delegated') {
    const note: Note = {
      type: 'TLSError',
      reason: 'CACertificateNotDelegated',
      message: `service.UpstreamValidation.CACertificate Secret ${key} is not configured for certificate delegation`,
      effect,
      remedy: found.remedy,
      field: `${field}.caSecret`,
    };
    return { type: 'invalid', note };
  }
  const invalid = (cause: string, remedy: string, part: string): ValidationResult => ({
    type: 'invalid',
    note: {
      type: service === null ? 'SpecError' : 'ServiceError',
      reason: 'TLSUpstreamValidation',
      message: `${service === null ? '' : `Service [${service}] `}TLS upstream validation policy error: ${cause}`,
      effect,
      remedy,
      field: `${field}.${part}`,
    },
  });
  if (found.type === 'invalid') return invalid(`invalid CA Secret ${key}: ${found.cause}`, found.remedy, 'caSecret');
  const { subjectName, subjectNames = [] } = stated;
  if (subjectName === '') {
    return invalid('missing subject alternative name', 'set subjectName to a DNS name of the backend', 'subjectName');
  }
  const [first] = subjectNames;
  if (first !== undefined && first !== subjectName) {
    return invalid(
      `first entry of SubjectNames (${first}) does not match SubjectName (${subjectName})`,
      'write subjectName as the first of subjectNames',
      'subjectNames',
    );
  }
  const names = subjectNames.length === 0 ? [subjectName] : subjectNames;
  return { type: 'validation', validation: { trusted: found.value, names, stated, field } };
}

/** What the TLS to a backend is made of. */
export interface TlsParts {
  readonly owner: Resource;
  readonly protocol: Extract<Protocol, 'tls' | 'h2'>;
  /** What asks for TLS. */
  readonly asked: Origin;
  readonly validation: Validation | null;
  readonly serverName: Decided<ServerName>;
  readonly client: (ServedCertificate & { readonly origin: Origin }) | null;
  readonly settings: Pick<Settings, 'upstreamTls'>;
}

export function composeTls({ owner, protocol, asked, validation, serverName, client, settings }: TlsParts): BackendTls {
  const { minVersion, maxVersion, ciphers, groups } = settings.upstreamTls;
  const names = validation?.stated.subjectNames === undefined ? 'subjectName' : 'subjectNames';
  return {
    serverName,
    verification:
      validation === null
        ? { value: { type: 'none' }, origin: asked }
        : {
            value: { type: 'bundles', bundles: [validation.trusted.bundle.id] },
            origin: originOf(owner, `${validation.field}.caSecret`),
          },
    names:
      validation === null
        ? { value: [], origin: asked }
        : {
            value: validation.names.map((value) => ({ type: 'dns', value: value.toLowerCase() })),
            origin: originOf(owner, `${validation.field}.${names}`),
          },
    clientCertificate: client === null ? unset(null) : { value: client.certificate.id, origin: client.origin },
    minVersion: minVersion ?? unset('TLSv1.2'),
    // Not left to the data plane: Envoy's own default for clients is TLS 1.2.
    maxVersion: maxVersion ?? unset('TLSv1.3'),
    ciphers: ciphers === null ? unset(null) : withTls13(ciphers, maxVersion?.value !== 'TLSv1.2'),
    groups: groups ?? unset(null),
    alpn: { value: protocol === 'h2' ? ['h2'] : [], origin: asked },
  };
}

const unset = <T>(value: T): Decided<T> => ({ value, origin: defaultOrigin });

/** A list of suites of TLS 1.2 says nothing about TLS 1.3, which keeps all of its own. */
export function withTls13(ciphers: Decided<readonly string[]>, allowed: boolean): Decided<readonly string[]> {
  const { value, origin } = ciphers;
  if (!allowed || value.some((name) => findCipherSuite(name)?.version === 'TLSv1.3')) return ciphers;
  const own = cipherSuites.filter(({ version }) => version === 'TLSv1.3').map(({ name }) => name);
  return { value: [...own, ...value], origin };
}
