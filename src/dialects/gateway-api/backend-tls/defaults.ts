import { findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { TlsVersion } from '../../../model/tls.ts';
import { firstStated, parametersOf } from '../../../policies/parameters.ts';
import type { Step } from '../../../policies/target.ts';
import type { FarsideConfig, FarsideConfigSpecBackendTls } from '../../../resources/generated/farside-types.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { kinds } from '../names.ts';
import { gatewayStep } from './way.ts';

/** What the FarsideConfigs of a Gateway say of TLS to backends (`spec.backendTls`). Null where they say nothing. */
export interface BackendTlsDefaults {
  readonly minVersion: Decided<TlsVersion> | null;
  readonly maxVersion: Decided<TlsVersion> | null;
  readonly ciphers: Decided<readonly string[]> | null;
  readonly groups: Decided<readonly string[]> | null;
  /** Where it is forbidden to trust the CA certificates of the operating system, by whom. */
  readonly noSystemTrust: Decided<true> | null;
  /** Where it is forbidden to verify nothing, by whom. */
  readonly noSkipVerify: Decided<true> | null;
  /**
   * What tells the backends that they hold for apart from others: the Gateway, or its class where only the class's
   * FarsideConfig says something.
   */
  readonly scope: Step | null;
}

export const noDefaults: BackendTlsDefaults = {
  minVersion: null,
  maxVersion: null,
  ciphers: null,
  groups: null,
  noSystemTrust: null,
  noSkipVerify: null,
  scope: null,
};

/** Reads those of one Gateway. A Gateway whose FarsideConfig cannot be had is not served, and so needs none. */
export function readDefaults(resources: ResourceSet, gateway: Resource<Gateway>): BackendTlsDefaults {
  const configs = (parametersOf(resources, gateway) ?? []).filter(({ object }) => object.spec.backendTls !== undefined);
  const [first] = configs;
  if (first === undefined) return noDefaults;
  const stated = <T>(
    field: keyof FarsideConfigSpecBackendTls,
    of: (tls: FarsideConfigSpecBackendTls) => T | undefined,
  ) => firstStated(configs, `spec.backendTls.${field}`, ({ backendTls }) => of(backendTls ?? {}));
  const forbidden = (field: 'systemTrust' | 'insecureSkipVerify') =>
    stated(field, (tls) => (tls[field] === 'Forbidden' ? true : undefined));
  return {
    minVersion: stated('minVersion', ({ minVersion }) => version(minVersion)),
    maxVersion: stated('maxVersion', ({ maxVersion }) => version(maxVersion)),
    ciphers: stated('ciphers', ({ ciphers }) => ciphers),
    groups: stated('groups', ({ groups }) => groups),
    noSystemTrust: forbidden('systemTrust'),
    noSkipVerify: forbidden('insecureSkipVerify'),
    scope: isOwn(gateway, first) ? gatewayStep(gateway) : classStep(gateway),
  };
}

/** Whether a FarsideConfig is the one that the Gateway itself, and not only its class, refers to. */
function isOwn({ object, reference }: Resource<Gateway>, config: Resource<FarsideConfig>): boolean {
  const { name } = object.spec.infrastructure?.parametersRef ?? {};
  return config.reference.namespace === reference.namespace && config.reference.name === name;
}

const classStep = ({ object }: Resource<Gateway>): Step => ({
  ...kinds.gatewayClass,
  namespace: '',
  name: object.spec.gatewayClassName,
  section: null,
});

const version = (text: FarsideConfigSpecBackendTls['minVersion']): TlsVersion | undefined =>
  text === undefined ? undefined : `TLSv${text}`;

/** Why the FarsideConfigs of a Gateway and of its class leave no version, or null. Each by itself is right. */
export function crossedDefaults(
  gateway: Resource<Gateway>,
  { minVersion, maxVersion }: BackendTlsDefaults,
): Finding | null {
  if (minVersion === null || maxVersion === null || minVersion.value <= maxVersion.value) return null;
  const [low, high] = [minVersion.origin, maxVersion.origin].map(describeObject);
  return {
    severity: 'error',
    reason: 'InvalidParameters',
    message: `backends of ${describeObject(gateway.reference)} are to have at least TLS 1.3 by ${low}, and at most TLS 1.2 by ${high}`,
    effect: 'the Gateway is not served',
    remedy: 'raise the one or lower the other',
    origin: originOf(gateway, 'spec.infrastructure.parametersRef'),
  };
}

/** Cipher suites without forward secrecy, or in CBC mode, that a FarsideConfig lists: one warning each. */
export function weakDefaults(configs: Iterable<Resource<FarsideConfig>>): readonly Finding[] {
  return [...configs].flatMap((config): readonly Finding[] => {
    const weak = (config.object.spec.backendTls?.ciphers ?? []).flatMap((name) => {
      const weakness = findCipherSuite(name)?.weakness ?? null;
      return weakness === null ? [] : [`${name} (${weakness})`];
    });
    if (weak.length === 0) return [];
    return [
      {
        severity: 'warning',
        reason: 'WeakCipher',
        message: `${describeObject(config.reference)} allows ${weak.join(', ')} to backends`,
        remedy: 'keep to suites that begin with ECDHE and end with GCM or POLY1305, if the backends know any',
        origin: originOf(config, 'spec.backendTls.ciphers'),
      },
    ];
  });
}
