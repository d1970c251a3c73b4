import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { AcceptedName, Verification } from '../../../model/tls.ts';
import type { BackendTLSPolicy, SubjectAltName } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { StoredTrust } from '../../../resources/pem/trust-store.ts';
import { originOf } from '../../../resources/set.ts';
import { type Options, readOptions } from './options.ts';
import { readTrust, type StatedValidation, type TrustContext } from './trust.ts';

/** One BackendTLSPolicy as it reads by itself, before it meets other policies and the ways that requests take. */
export type PolicyReading = Contents & (Usable | Refused);

interface Usable {
  readonly verification: Decided<Verification>;
  readonly problems: readonly [];
}

/** Whatever such a policy covers is refused. */
interface Refused {
  readonly verification: null;
  /** Why the policy is not accepted. */
  readonly problems: readonly [Finding, ...Finding[]];
}

interface Contents {
  readonly policy: Resource<BackendTLSPolicy>;
  /** CA references that lead to nothing, or not to all that they should. */
  readonly unresolved: readonly Finding[];
  /** Deserve a look and change nothing. */
  readonly notes: readonly Finding[];
  readonly options: Options;
  readonly names: Decided<readonly AcceptedName[]>;
  /** Where the trust comes from. */
  readonly stored: readonly StoredTrust[];
}

export function readPolicy(policy: Resource<BackendTLSPolicy>, context: TrustContext): PolicyReading {
  const { options, problems, notes } = readOptions(policy);
  const stated = { owner: policy, validation: policy.object.spec.validation, field: 'spec.validation' };
  const trust = readTrust(stated, context);
  const skip = options.skipVerify?.value === true ? options.skipVerify : null;
  const names = skip === null ? readNames(stated, options.ipAddresses) : { value: [], origin: skip.origin };
  const contents: Contents = {
    policy,
    unresolved: trust.unresolved,
    notes: [...notes, ...(skip === null ? nameNotes(stated) : [unverified(policy, skip)])],
    options,
    names,
    stored: skip === null ? trust.stored : [],
  };
  if (trust.type === 'refused') return { ...contents, verification: null, problems: [trust.problem, ...problems] };
  const [first, ...others] = problems;
  if (first !== undefined) return { ...contents, verification: null, problems: [first, ...others] };
  const verification: Decided<Verification> =
    skip === null ? trust.verification : { value: { type: 'none' }, origin: skip.origin };
  return { ...contents, verification, problems: [] };
}

/** The hostname is the identity unless subjectAltNames, or the IP addresses that the API has no field for, are set. */
export function readNames(
  { owner, validation, field }: StatedValidation,
  ipAddresses: Options['ipAddresses'],
): Decided<readonly AcceptedName[]> {
  const { hostname, subjectAltNames = [] } = validation;
  const addresses = ipAddresses?.value ?? [];
  if (subjectAltNames.length > 0) {
    const names = subjectAltNames.flatMap((name) => acceptedName(name) ?? []);
    return { value: [...names, ...addresses], origin: originOf(owner, `${field}.subjectAltNames`) };
  }
  if (ipAddresses !== null) return ipAddresses;
  return { value: [{ type: 'dns', value: hostname }], origin: originOf(owner, `${field}.hostname`) };
}

function acceptedName({ type, hostname, uri }: SubjectAltName): AcceptedName | null {
  if (type === 'Hostname') return hostname === undefined ? null : { type: 'dns', value: hostname };
  return uri === undefined ? null : { type: 'uri', value: uri };
}

export function nameNotes({ owner, validation, field }: StatedValidation): Finding[] {
  return (validation.subjectAltNames ?? []).flatMap(({ type, hostname }, index) => {
    if (type !== 'Hostname' || hostname === undefined || !hostname.startsWith('*.')) return [];
    if (hostname.split('.').length > 2) return [];
    return {
      severity: 'warning',
      reason: 'UnmatchableName',
      message: `${describeObject(owner.reference)} accepts the name "${hostname}", which no certificate matches: a wildcard needs two labels after it (RFC 9525 section 6.3)`,
      remedy: 'name the backends, or a domain below this one',
      origin: originOf(owner, `${field}.subjectAltNames[${index}].hostname`),
    };
  });
}

function unverified(policy: Resource<BackendTLSPolicy>, { origin }: Decided<boolean>): Finding {
  return {
    severity: 'warning',
    reason: 'Unverified',
    message: `${describeObject(policy.reference)} encrypts without verifying: anyone on the path can be the backend, whatever CA certificates and names the policy holds`,
    remedy: 'remove the option, and put the CA that the backend really has into caCertificateRefs',
    origin,
  };
}
