import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { Verification } from '../../../model/tls.ts';
import type { Resource } from '../../../resources/object.ts';
import type { BackendTlsDefaults } from './defaults.ts';
import type { Options } from './options.ts';

/** What of a policy, or of an XBackend, can be against a limit. */
export interface LimitedReading {
  readonly owner: Resource;
  readonly options: Pick<Options, 'minVersion' | 'maxVersion'>;
  /** Null where it is refused anyway. */
  readonly verification: Decided<Verification> | null;
}

/**
 * Why a policy that is right by itself is not accepted through a Gateway: the FarsideConfig of the Gateway, or of its
 * class, does not let it. Null where nothing stands against it.
 */
export function limitOf(
  { owner, options, verification }: LimitedReading,
  defaults: BackendTlsDefaults,
): Finding | null {
  if (verification === null) return null;
  const name = describeObject(owner.reference);
  const refuse = (origin: Finding['origin'], message: string, remedy: string): Finding => ({
    severity: 'error',
    reason: 'Invalid',
    message: `${name} ${message}`,
    remedy,
    origin,
  });
  if (defaults.noSkipVerify !== null && verification.value.type === 'none') {
    return refuse(
      verification.origin,
      `asks for TLS that verifies nothing, ${defaults.noSkipVerify}`,
      'remove the option, and put the CA that the backend really has into caCertificateRefs',
    );
  }
  if (defaults.noSystemTrust !== null && verification.value.type === 'system') {
    return refuse(
      verification.origin,
      `trusts the CA certificates of the operating system, ${defaults.noSystemTrust}`,
      'put the CA of the backend into caCertificateRefs',
    );
  }
  // An option beside a default: both from the policy, or both from FarsideConfigs, were compared where they were read.
  const { minVersion: low, maxVersion: high } = options;
  if (low !== null && high === null && defaults.maxVersion !== null && low.value > defaults.maxVersion.value) {
    return refuse(
      low.origin,
      `asks for at least TLS 1.3, and ${describeObject(defaults.maxVersion.origin)} for at most TLS 1.2 to backends`,
      'say both the lowest and the highest version in the policy',
    );
  }
  if (high !== null && low === null && defaults.minVersion !== null && defaults.minVersion.value > high.value) {
    return refuse(
      high.origin,
      `asks for at most TLS 1.2, and ${describeObject(defaults.minVersion.origin)} for at least TLS 1.3 to backends`,
      'say both the lowest and the highest version in the policy',
    );
  }
  return null;
}
