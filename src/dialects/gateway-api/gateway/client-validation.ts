import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { ClientValidation } from '../../../model/tls.ts';
import type { FrontendTLSValidation, Gateway, Listener, ObjectReference } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { type StoredTrust, TrustStore } from '../../../resources/pem/trust-store.ts';
import { type TrustObject, trustKinds } from '../../../resources/pem/trust-text.ts';
import { resolve } from '../../../resources/resolve.ts';
import { originOf } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';
import type { ListenerContext } from './listener.ts';

/** Whom a listener that terminates TLS lets in (GEP-91). */
export interface ReadClientValidation {
  /** Null where clients are not asked for certificates, and where there is a problem. */
  readonly validation: ClientValidation | null;
  readonly trust: readonly StoredTrust[];
  /** Nobody is left to trust: the listener is not served, rather than open to everyone. */
  readonly problems: readonly Finding[];
  readonly unresolved: readonly Finding[];
}

const nothing: ReadClientValidation = { validation: null, trust: [], problems: [], unresolved: [] };

/** Where the configuration for a port stands: its own, which takes the place of the default as a whole, or the default. */
export function validationFor(
  gateway: Resource<Gateway>,
  port: number,
): { readonly stated: FrontendTLSValidation; readonly field: string } | null {
  const frontend = gateway.object.spec.tls?.frontend;
  if (frontend === undefined) return null;
  const index = (frontend.perPort ?? []).findIndex((each) => each.port === port);
  const config = index < 0 ? frontend.default : frontend.perPort?.[index]?.tls;
  const field = index < 0 ? 'spec.tls.frontend.default' : `spec.tls.frontend.perPort[${index}].tls`;
  return config?.validation === undefined ? null : { stated: config.validation, field: `${field}.validation` };
}

/** Whether any port may take connections without a valid certificate (condition InsecureFrontendValidationMode). */
export function allowsInsecureFallback({ object }: Resource<Gateway>): boolean {
  const frontend = object.spec.tls?.frontend;
  if (frontend === undefined) return false;
  return [frontend.default, ...(frontend.perPort ?? []).map(({ tls }) => tls)].some(
    ({ validation }) => validation?.mode === 'AllowInsecureFallback',
  );
}

export function readClientValidation(
  context: ListenerContext,
  gateway: Resource<Gateway>,
  { name, port }: Listener,
): ReadClientValidation {
  const found = validationFor(gateway, port);
  if (found === null) return nothing;
  const { stated, field } = found;
  const store = new TrustStore(context.now);
  const at = `${field}.caCertificateRefs`;
  const read = stated.caCertificateRefs.map((ref, index) =>
    readReference(context, gateway, ref, `${at}[${index}]`, store),
  );
  const unresolved = read.flatMap(({ problems }) => problems);
  const trust = read.flatMap(({ stored }) => (stored === null || stored.bundle === null ? [] : [stored]));
  const bundles = [...new Set(trust.flatMap(({ bundle }) => bundle?.id ?? []))];
  const origin = originOf(gateway, at);
  if (bundles.length > 0) {
    const mode = stated.mode === 'AllowInsecureFallback' ? 'optional' : 'required';
    return { validation: { bundles, mode, origin }, trust, problems: [], unresolved };
  }
  const problem: Finding = {
    severity: 'error',
    reason: 'NoValidCACertificate',
    message: `listener "${name}" is to verify client certificates and has no CA certificate to trust: ${unresolved.map(({ message }) => message).join('; ')}`,
    effect: 'the listener is not served, because it would be open to clients without a certificate',
    remedy: unresolved[0]?.remedy ?? 'refer to a ConfigMap with the CA certificates',
    origin,
  };
  return { validation: null, trust: [], problems: [problem], unresolved };
}

interface ReadReference {
  readonly stored: StoredTrust | null;
  readonly problems: readonly Finding[];
}

function readReference(
  { resources, grants }: ListenerContext,
  gateway: Resource<Gateway>,
  ref: ObjectReference,
  field: string,
  store: TrustStore,
): ReadReference {
  const failed = (reason: string, part: string, message: string, remedy: string): ReadReference => ({
    stored: null,
    problems: [{ severity: 'error', reason, message, remedy, origin: originOf(gateway, `${field}.${part}`) }],
  });
  const kindOfRef = trustKinds.find(({ group, kind }) => group === ref.group && kind === ref.kind);
  if (kindOfRef === undefined) {
    const kind = ref.group === '' ? ref.kind : `${ref.kind}.${ref.group}`;
    const message = `${kind} ${ref.name} cannot hold CA certificates`;
    const remedy = `refer to one of: ${trustKinds.map(({ kind: known }) => known).join(', ')}`;
    return failed('InvalidCACertificateKind', 'kind', message, remedy);
  }
  const { group, kind, namespaced } = kindOfRef;
  if (!resources.isServed(kindOfRef)) {
    const message = `${kind} ${ref.name} cannot be read: this cluster does not serve ${kind}s (${group})`;
    const remedy = `turn ${kind} on in the API server, or refer to a ConfigMap`;
    return failed('InvalidCACertificateKind', 'kind', message, remedy);
  }
  if (!namespaced && ref.namespace !== undefined) {
    return failed('InvalidCACertificateRef', 'namespace', `a ${kind} has no namespace`, 'leave the namespace out');
  }
  const from = { ...kinds.gateway, namespace: gateway.reference.namespace };
  const to = { group, kind, namespace: namespaced ? (ref.namespace ?? from.namespace) : '', name: ref.name };
  const resolution = resolve<TrustObject['object']>(resources, grants, { dialect: dialectName, from, to });
  const name = describeObject({ apiVersion: '', ...to });
  if (resolution.type === 'not-permitted') {
    return failed(
      'RefNotPermitted',
      'namespace',
      `no ReferenceGrant in namespace ${to.namespace} lets Gateways of namespace ${from.namespace} refer to ${name}`,
      `create a ReferenceGrant in namespace ${to.namespace} from Gateway in ${from.namespace} to ${to.kind} ${to.name}`,
    );
  }
  if (resolution.type === 'not-found') {
    return failed('InvalidCACertificateRef', 'name', `${name} does not exist`, 'create it, or correct the name');
  }
  const stored = store.read(resolution.resource, gateway.reference);
  return {
    stored,
    problems: stored.faults.map(({ message, remedy }) => ({
      severity: 'error',
      reason: 'InvalidCACertificateRef',
      message,
      remedy,
      origin: originOf(gateway, `${field}.name`),
    })),
  };
}
