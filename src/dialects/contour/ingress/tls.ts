import type { Ingress } from '../../../resources/core.ts';
import type { Resource } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { keyOf, kinds, type NamespacedName } from '../names.ts';
import type { Notes } from '../notes.ts';
import type { HostTls } from '../proxy/tls.ts';
import type { Secrets } from '../secret/secrets.ts';
import type { Settings } from '../settings.ts';
import type { IngressAnnotations } from './annotations.ts';

/** The TLS of each host that an Ingress states; hosts whose TLS cannot be had are left out, and told. */
export function readIngressTls(
  { settings, secrets }: { readonly settings: Settings; readonly secrets: Secrets },
  notes: Notes,
  ingress: Resource<Ingress>,
  annotations: IngressAnnotations,
): ReadonlyMap<string, HostTls> {
  const { frontendTls } = settings;
  const hosts = new Map<string, HostTls>();
  for (const [index, { hosts: stated = [], secretName = '' }] of (ingress.object.spec.tls ?? []).entries()) {
    const field = `spec.tls[${index}]`;
    const effect = `no TLS for ${stated.join(', ') || 'any host'} comes of it`;
    const fail = (reason: string, message: string, remedy: string, part = ''): void =>
      notes.error({ type: 'TLSError', reason, message, effect, remedy, field: `${field}${part}` });
    const minVersion = later(annotations.minVersion, frontendTls.minVersion);
    const maxVersion = earlier(annotations.maxVersion, frontendTls.maxVersion);
    if (minVersion > maxVersion) {
      const message = 'the minimum TLS protocol version is greater than the maximum TLS protocol version';
      fail('TLSConfigNotValid', message, 'correct the annotations tls-minimum-protocol-version and -maximum-');
      continue;
    }
    if (stated.length === 0) {
      const message = 'TLS without hosts is for nobody';
      fail('TLSConfigNotValid', message, `list the hosts that ${secretName || 'a Secret'} is for`, '.hosts');
      continue;
    }
    const name = secretOf(secretName, annotations, ingress);
    const found = secrets.certificate(name, kinds.ingress, ingress);
    const key = goQuote(`${name.namespace}/${name.name}`);
    if (found.type === 'not-delegated') {
      fail('DelegationNotPermitted', `Secret ${key} certificate delegation not permitted`, found.remedy, '.secretName');
      continue;
    }
    if (found.type === 'invalid') {
      fail('SecretNotValid', `Secret ${key} is invalid: ${found.cause}`, found.remedy, '.secretName');
      continue;
    }
    const certificate = found.value;
    const tls: HostTls = {
      type: 'terminate',
      tls: {
        certificates: [certificate.certificate.id],
        minVersion,
        maxVersion,
        ciphers: frontendTls.ciphers,
        alpn: frontendTls.alpn,
      },
      certificate,
      trusted: [],
      fallback: null,
    };
    for (const host of stated) hosts.set(host, tls);
  }
  return hosts;
}

/** A name of the form `namespace/name` comes before the annotation, where an API server lets it in. */
function secretOf(text: string, { certificateNamespace }: IngressAnnotations, ingress: Resource): NamespacedName {
  const slash = text.indexOf('/');
  if (slash >= 0) return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
  return { namespace: certificateNamespace || ingress.reference.namespace, name: text };
}

const later = <T>(a: T, b: T): T => (a > b ? a : b);
const earlier = <T>(a: T, b: T): T => (a < b ? a : b);

/** The name of an Ingress in ids. */
export const ingressId = (ingress: Resource): string => `Ingress/${keyOf(ingress)}`;
