import type { Finding } from '../../../model/finding.ts';
import type { ListenerTls } from '../../../model/tls.ts';
import type { Gateway, Listener } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import { readCertificates } from './certificates.ts';
import type { ListenerContext } from './listener.ts';
import type { ListenerCertificate } from './state.ts';
import { readTlsOptions } from './tls-options.ts';

export interface ReadListenerTls {
  /** Null where TLS cannot be set up as asked. */
  readonly tls: ListenerTls | null;
  readonly certificates: readonly ListenerCertificate[];
  readonly problems: readonly Finding[];
  readonly unresolved: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** HTTP/2 before HTTP/1.1: a client that speaks both is better served by one connection. */
const alpn: readonly string[] = ['h2', 'http/1.1'];

/** Reads the TLS of a listener that terminates it and that stands at `field`. */
export function readListenerTls(
  context: ListenerContext,
  gateway: Resource<Gateway>,
  stated: Listener,
  hostname: string,
  field: string,
): ReadListenerTls {
  const refs = stated.tls?.certificateRefs ?? [];
  const options = readTlsOptions(gateway, stated.tls?.options ?? {}, `${field}.tls.options`);
  const read = readCertificates(context, gateway, refs, hostname, `${field}.tls.certificateRefs`);
  const problems = [...options.problems, ...clientValidationProblems(gateway, stated)];
  const unresolved = [...read.unresolved];
  if (refs.length === 0) {
    unresolved.push({
      severity: 'error',
      reason: 'InvalidCertificateRef',
      message: `listener "${stated.name}" has no certificate`,
      effect: 'the listener is not served',
      remedy: 'name a Secret in tls.certificateRefs',
      origin: originOf(gateway, stated.tls === undefined ? field : `${field}.tls`),
    });
  }
  const usable = problems.length === 0 && read.certificates.length > 0;
  return {
    tls: usable
      ? {
          certificates: read.certificates.map(({ certificate }) => certificate.id),
          ...options.values,
          alpn: stated.protocol === 'HTTPS' ? alpn : [],
        }
      : null,
    certificates: read.certificates,
    problems,
    unresolved,
    warnings: [...read.warnings, ...options.warnings],
  };
}

/**
 * `spec.tls.frontend` asks that clients present certificates (GEP-91). As long as nothing verifies them, a listener that it
 * covers is refused: it must never be open to clients that were to be kept out.
 */
function clientValidationProblems(gateway: Resource<Gateway>, { name, port }: Listener): Finding[] {
  const frontend = gateway.object.spec.tls?.frontend;
  if (frontend === undefined) return [];
  const index = (frontend.perPort ?? []).findIndex((each) => each.port === port);
  const [config, at] =
    index < 0
      ? [frontend.default, 'spec.tls.frontend.default.validation']
      : [frontend.perPort?.[index]?.tls, `spec.tls.frontend.perPort[${index}].tls.validation`];
  if (config?.validation === undefined) return [];
  return [
    {
      severity: 'error',
      reason: 'UnsupportedValue',
      message: `listener "${name}" is to verify client certificates, which this version does not`,
      effect: 'the listener is not served, because it would be open to clients without a certificate',
      remedy: `remove ${at} if the listener may be open to everyone`,
      origin: originOf(gateway, at),
    },
  ];
}
