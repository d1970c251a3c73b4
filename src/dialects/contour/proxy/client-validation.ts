import { describeObject } from '../../../model/origin.ts';
import type { ClientValidation } from '../../../model/tls.ts';
import type { DownstreamValidation } from '../../../resources/generated/contour-types.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { originOf } from '../../../resources/set.ts';
import { kinds, parseNamespacedName } from '../names.ts';
import type { Notes } from '../notes.ts';
import type { TrustedBundle } from '../secret/secrets.ts';
import type { ProxyContext, ProxyResource } from './context.ts';

export interface ReadClientValidation {
  /** Null where clients are not asked for certificates. */
  readonly validation: ClientValidation | null;
  readonly trusted: readonly TrustedBundle[];
}

const field = 'spec.virtualhost.tls.clientValidation';

/** Reads `clientValidation`. Null where it cannot be done as asked: then the proxy is not served, rather than to everyone. */
export function readClientValidation(
  { secrets }: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  stated: DownstreamValidation | undefined,
): ReadClientValidation | null {
  if (stated === undefined) return { validation: null, trusted: [] };
  const fail = (reason: string, message: string, remedy: string, part: string): null => {
    const effect = 'the proxy is not served';
    notes.error({ type: 'TLSError', reason, message, effect, remedy, field: `${field}${part}` });
    return null;
  };
  const { caSecret = '', crlSecret = '', skipClientCertValidation: skip = false } = stated;
  if (crlSecret !== '') {
    const message = 'crlSecret is not supported by this version';
    return fail('UnsupportedField', message, 'remove crlSecret, or have another gateway serve the proxy', '.crlSecret');
  }
  if (caSecret === '' && !skip) {
    return fail(
      'ClientValidationInvalid',
      'Spec.VirtualHost.TLS client validation is invalid: CA Secret must be specified',
      'name a Secret with CA certificates in caSecret',
      '',
    );
  }
  const trusted: TrustedBundle[] = [];
  if (caSecret !== '') {
    const name = parseNamespacedName(caSecret, proxy.reference.namespace);
    const found = secrets.authorities(name, kinds.httpProxy, proxy);
    if (found.type === 'not-delegated') {
      return fail(
        'DelegationNotPermitted',
        `Spec.VirtualHost.TLS CA Secret ${goQuote(caSecret)} is invalid: certificate delegation not permitted`,
        `create a TLSCertificateDelegation for ${name.name} in namespace ${name.namespace}, with target namespace ${proxy.reference.namespace}`,
        '.caSecret',
      );
    }
    if (found.type === 'invalid') {
      const key = goQuote(`${name.namespace}/${name.name}`);
      return fail(
        'ClientValidationInvalid',
        `Spec.VirtualHost.TLS client validation is invalid: invalid CA Secret ${key}: ${found.cause}`,
        found.remedy,
        '.caSecret',
      );
    }
    trusted.push(found.value);
  }
  noteForwarding(notes, stated);
  const { optionalClientCertificate: optional = false } = stated;
  if (skip) {
    notes.warn({
      type: 'TLSError',
      reason: 'UnverifiedClients',
      message: `skipClientCertValidation of ${describeObject(proxy.reference)} takes clients with any certificate${optional ? ', and with none' : ''}`,
      effect: 'who clients are is for the backend to verify',
      remedy: 'remove skipClientCertValidation, and name the CAs in caSecret',
      field: `${field}.skipClientCertValidation`,
    });
  }
  return {
    validation: {
      bundles: trusted.map(({ bundle }) => bundle.id),
      mode: skip ? (optional ? 'optional' : 'presented') : optional ? 'if-presented' : 'required',
      origin: originOf(proxy, field),
    },
    trusted,
  };
}

function noteForwarding(notes: Notes, { forwardClientCertificate }: DownstreamValidation): void {
  if (forwardClientCertificate === undefined) return;
  notes.warn({
    type: 'TLSError',
    reason: 'IgnoredField',
    message: 'forwardClientCertificate is not supported: backends are not told the certificates of clients',
    remedy: 'remove it',
    field: `${field}.forwardClientCertificate`,
  });
}
