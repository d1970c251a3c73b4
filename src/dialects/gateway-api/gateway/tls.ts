import type { Finding } from '../../../model/finding.ts';
import type { ListenerTls } from '../../../model/tls.ts';
import type { Gateway, Listener, ListenerSet } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { StoredTrust } from '../../../resources/pem/trust-store.ts';
import { originOf } from '../../../resources/set.ts';
import { readCertificates } from './certificates.ts';
import { readClientValidation } from './client-validation.ts';
import type { ListenerContext } from './listener.ts';
import type { ListenerCertificate } from './state.ts';
import { readTlsOptions } from './tls-options.ts';

export interface ReadListenerTls {
  /** Null where TLS cannot be set up as asked. */
  readonly tls: ListenerTls | null;
  readonly certificates: readonly ListenerCertificate[];
  /** What clients' certificates are verified against. */
  readonly trust: readonly StoredTrust[];
  readonly problems: readonly Finding[];
  readonly unresolved: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** HTTP/2 before HTTP/1.1: a client that speaks both is better served by one connection. */
const alpn: readonly string[] = ['h2', 'http/1.1'];

/** Reads the TLS of a listener that terminates it and that stands at `field` of its owner, a Gateway or a ListenerSet. */
export function readListenerTls(
  context: ListenerContext,
  gateway: Resource<Gateway>,
  owner: Resource<Gateway | ListenerSet>,
  stated: Listener,
  hostname: string,
  field: string,
): ReadListenerTls {
  const refs = stated.tls?.certificateRefs ?? [];
  const options = readTlsOptions(owner, stated.tls?.options ?? {}, `${field}.tls.options`);
  const read = readCertificates(context, owner, refs, hostname, `${field}.tls.certificateRefs`);
  const clients = readClientValidation(context, gateway, stated);
  const problems = [...options.problems, ...clients.problems];
  const unresolved = [...read.unresolved, ...clients.unresolved];
  if (refs.length === 0) {
    unresolved.push({
      severity: 'error',
      reason: 'InvalidCertificateRef',
      message: `listener "${stated.name}" has no certificate`,
      effect: 'the listener is not served',
      remedy: 'name a Secret in tls.certificateRefs',
      origin: originOf(owner, stated.tls === undefined ? field : `${field}.tls`),
    });
  }
  const usable = problems.length === 0 && read.certificates.length > 0;
  return {
    tls: usable
      ? {
          certificates: read.certificates.map(({ certificate }) => certificate.id),
          ...options.values,
          alpn: stated.protocol === 'HTTPS' ? alpn : [],
          ...(clients.validation === null ? {} : { clientValidation: clients.validation }),
        }
      : null,
    certificates: read.certificates,
    trust: clients.trust,
    problems,
    unresolved,
    warnings: [...read.warnings, ...options.warnings],
  };
}
