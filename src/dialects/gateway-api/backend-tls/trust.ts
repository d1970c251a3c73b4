import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { TrustBundle, Verification } from '../../../model/tls.ts';
import type { BackendTLSPolicyValidation, LocalObjectReference } from '../../../resources/generated/types.ts';
import { groupOf, type Resource } from '../../../resources/object.ts';
import type { StoredTrust, TrustStore } from '../../../resources/pem/trust-store.ts';
import { type TrustObject, trustKinds } from '../../../resources/pem/trust-text.ts';
import { quote } from '../../../resources/quote.ts';
import { type Grant, resolve } from '../../../resources/resolve.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { dialectName } from '../names.ts';

/** A statement of TLS to backends: `spec.validation` of a BackendTLSPolicy, or `spec.tls.validation` of an XBackend. */
export interface StatedValidation {
  readonly owner: Resource;
  readonly validation: BackendTLSPolicyValidation;
  /** Where it stands in the owner. */
  readonly field: string;
}

/** What a policy trusts, or why nothing is left to trust (condition Accepted). */
export type PolicyTrust = TrustedObjects &
  (
    | { readonly type: 'trusted'; readonly verification: Decided<Verification> }
    | { readonly type: 'refused'; readonly problem: Finding }
  );

interface TrustedObjects {
  readonly stored: readonly StoredTrust[];
  /** References that lead to nothing, or not to all that they should (condition ResolvedRefs). */
  readonly unresolved: readonly Finding[];
}

/** What trust is read from. */
export interface TrustContext {
  readonly resources: ResourceSet;
  readonly grants: readonly Grant[];
  readonly store: TrustStore;
}

/**
 * Reads `caCertificateRefs` or `wellKnownCACertificates`.
 *
 * Of several references those that can be read are trusted: a backend whose CA is among the others fails its handshake,
 * as the specification asks, and the rest work on. Trusting less than was asked for is never less safe.
 */
export function readTrust(stated: StatedValidation, context: TrustContext): PolicyTrust {
  const { owner } = stated;
  const { caCertificateRefs = [], wellKnownCACertificates } = stated.validation;
  if (caCertificateRefs.length === 0) return readWellKnown(stated, wellKnownCACertificates);
  const field = `${stated.field}.caCertificateRefs`;
  const read = caCertificateRefs.map((ref, index) => readReference(owner, ref, `${field}[${index}]`, context));
  const unresolved = read.flatMap(({ problems }) => problems);
  const stored = read.flatMap((each) => each.stored ?? []);
  const ids = new Set(stored.flatMap(({ bundle }) => bundle?.id ?? []));
  const origin = originOf(owner, field);
  if (ids.size > 0) {
    const verification = { value: { type: 'bundles' as const, bundles: [...ids] }, origin };
    return { type: 'trusted', verification, stored, unresolved };
  }
  const causes = unresolved.map(({ message }) => message).join('; ');
  const problem: Finding = {
    severity: 'error',
    reason: 'NoValidCACertificate',
    message: `${describeObject(owner.reference)} has no CA certificate left to trust: ${causes}`,
    remedy: unresolved[0]?.remedy ?? 'refer to a ConfigMap with the CA certificates',
    origin: unresolved[0]?.origin ?? origin,
  };
  return { type: 'refused', problem, stored, unresolved };
}

function readWellKnown({ owner, field }: StatedValidation, name: string | undefined): PolicyTrust {
  const origin = originOf(owner, `${field}.wellKnownCACertificates`);
  if (name === 'System') {
    return { type: 'trusted', verification: { value: { type: 'system' }, origin }, stored: [], unresolved: [] };
  }
  const problem: Finding = {
    severity: 'error',
    reason: 'Invalid',
    message:
      name === undefined
        ? `${describeObject(owner.reference)} names no CA certificates`
        : `${describeObject(owner.reference)} asks for the well-known CA certificates ${quote(name)}, which do not exist here`,
    remedy: 'write System, the CA certificates of the operating system, or refer to your own with caCertificateRefs',
    origin,
  };
  return { type: 'refused', problem, stored: [], unresolved: [] };
}

interface ReadReference {
  readonly stored: StoredTrust | null;
  readonly problems: readonly Finding[];
}

function readReference(
  owner: Resource,
  ref: LocalObjectReference,
  field: string,
  { resources, grants, store }: TrustContext,
): ReadReference {
  const failed = (reason: string, part: string, message: string, remedy: string): ReadReference => ({
    stored: null,
    problems: [{ severity: 'error', reason, message, remedy, origin: originOf(owner, `${field}.${part}`) }],
  });
  const kindOfRef = trustKinds.find(({ group, kind }) => group === ref.group && kind === ref.kind);
  if (kindOfRef === undefined) {
    const kind = ref.group === '' ? ref.kind : `${ref.kind}.${ref.group}`;
    return failed(
      'InvalidKind',
      trustKinds.some(({ kind: known }) => known === ref.kind) ? 'group' : 'kind',
      `${kind} ${ref.name} cannot hold CA certificates`,
      `refer to one of: ${trustKinds.map(({ kind: known }) => known).join(', ')}`,
    );
  }
  if (!resources.isServed(kindOfRef)) {
    const message = `${ref.kind} ${ref.name} cannot be read: this cluster does not serve ${ref.kind}s (${ref.group})`;
    return failed('InvalidKind', 'kind', message, `turn ${ref.kind} on in the API server, or refer to a ConfigMap`);
  }
  const { group, kind, namespaced } = kindOfRef;
  const { apiVersion, kind: ownerKind, namespace } = owner.reference;
  const from = { group: groupOf(apiVersion), kind: ownerKind, namespace };
  const to = { group, kind, namespace: namespaced ? from.namespace : '', name: ref.name };
  const resolution = resolve<TrustObject['object']>(resources, grants, { dialect: dialectName, from, to });
  if (resolution.type !== 'found') {
    const name = describeObject({ apiVersion: '', ...to });
    return failed('InvalidCACertificateRef', 'name', `${name} does not exist`, 'create it, or correct the name');
  }
  const stored = store.read(resolution.resource, owner.reference);
  const partly = stored.bundle === null ? '' : `; ${remaining(stored.bundle)}`;
  return {
    stored,
    problems: stored.faults.map(({ message, remedy }) => ({
      severity: 'error',
      reason: 'InvalidCACertificateRef',
      message: `${message}${partly}`,
      remedy,
      origin: originOf(owner, `${field}.name`),
    })),
  };
}

function remaining({ authorities }: TrustBundle): string {
  return authorities.length === 1 ? 'the other one is trusted' : `the other ${authorities.length} are trusted`;
}
