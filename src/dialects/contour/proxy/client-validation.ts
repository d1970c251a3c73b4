import { describeObject } from '../../../model/origin.ts';
import type { ClientValidation, ForwardedPart } from '../../../model/tls.ts';
import type { ClientCertificateDetails, DownstreamValidation } from '../../../resources/generated/contour-types.ts';
import type { GroupKind } from '../../../resources/object.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { originOf } from '../../../resources/set.ts';
import { kinds, type NamespacedName, parseNamespacedName } from '../names.ts';
import type { Notes } from '../notes.ts';
import type { SecretResult, TrustedBundle } from '../secret/secrets.ts';
import type { ProxyContext, ProxyResource } from './context.ts';

export interface ReadClientValidation {
  /** Null where clients are not asked for certificates. */
  readonly validation: ClientValidation | null;
  readonly trusted: readonly TrustedBundle[];
}

type Find<T> = (name: NamespacedName, kind: GroupKind, asker: ProxyResource) => SecretResult<T>;

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
  if (caSecret === '' && !skip) {
    return fail(
      'ClientValidationInvalid',
      'Spec.VirtualHost.TLS client validation is invalid: CA Secret must be specified',
      'name a Secret with CA certificates in caSecret',
      '',
    );
  }
  /** What a Secret holds, or null where it cannot be had, which is told. */
  const read = <T>(what: 'CA' | 'CRL', text: string, part: string, find: Find<T>): T | null => {
    const name = parseNamespacedName(text, proxy.reference.namespace);
    const found = find(name, kinds.httpProxy, proxy);
    switch (found.type) {
      case 'found':
        return found.value;
      case 'not-delegated': {
        const message = `Spec.VirtualHost.TLS ${what} Secret ${goQuote(text)} is invalid: certificate delegation not permitted`;
        return fail('DelegationNotPermitted', message, found.remedy, part);
      }
      case 'invalid': {
        const key = goQuote(`${name.namespace}/${name.name}`);
        const message = `Spec.VirtualHost.TLS client validation is invalid: invalid ${what} Secret ${key}: ${found.cause}`;
        return fail('ClientValidationInvalid', message, found.remedy, part);
      }
    }
  };
  const trusted: TrustedBundle[] = [];
  if (caSecret !== '') {
    const bundle = read('CA', caSecret, '.caSecret', (...asked) => secrets.authorities(...asked));
    if (bundle === null) return null;
    trusted.push(bundle);
  }
  let revocationLists: readonly string[] = [];
  if (crlSecret !== '') {
    const lists = read('CRL', crlSecret, '.crlSecret', (...asked) => secrets.revocationLists(...asked));
    if (lists === null) return null;
    revocationLists = lists;
    noteWholeChain(notes, stated);
  }
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
      ...(revocationLists.length === 0 ? {} : { revocationLists }),
      ...(stated.forwardClientCertificate === undefined ? {} : { forward: forwarded(stated.forwardClientCertificate) }),
      origin: originOf(proxy, field),
    },
    trusted,
  };
}

/** Lists are asked for of every issuer of a chain: more than what is asked for, never less. */
function noteWholeChain(notes: Notes, { crlOnlyVerifyLeafCert = false }: DownstreamValidation): void {
  if (!crlOnlyVerifyLeafCert) return;
  notes.warn({
    type: 'TLSError',
    reason: 'IgnoredField',
    message: 'crlOnlyVerifyLeafCert is not supported: crlSecret must have a list of every CA between client and root',
    effect: 'clients are refused where a list is missing',
    remedy: 'add the lists of all CAs to crlSecret',
    field: `${field}.crlOnlyVerifyLeafCert`,
  });
}

function forwarded(stated: ClientCertificateDetails): readonly ForwardedPart[] {
  const parts: readonly (readonly [ForwardedPart, boolean | undefined])[] = [
    ['subject', stated.subject],
    ['certificate', stated.cert],
    ['chain', stated.chain],
    ['dns', stated.dns],
    ['uri', stated.uri],
  ];
  return parts.flatMap(([part, wanted]) => (wanted === true ? [part] : []));
}
