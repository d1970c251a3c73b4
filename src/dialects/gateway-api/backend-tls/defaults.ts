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
  /** Why the CA certificates of the operating system must not be trusted: `which FarsideConfig … forbids`. */
  readonly noSystemTrust: string | null;
  /** Why nobody must be trusted unverified. */
  readonly noSkipVerify: string | null;
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

/** Reads those of one Gateway. */
export function readDefaults(resources: ResourceSet, gateway: Resource<Gateway>): BackendTlsDefaults {
  const all = parametersOf(resources, gateway);
  if (all === null) return strictest(gateway);
  const configs = all.filter(({ object }) => object.spec.backendTls !== undefined);
  const [first] = configs;
  if (first === undefined) return noDefaults;
  const stated = <T>(
    field: keyof FarsideConfigSpecBackendTls,
    of: (tls: FarsideConfigSpecBackendTls) => T | undefined,
  ) => firstStated(configs, `spec.backendTls.${field}`, ({ backendTls }) => of(backendTls ?? {}));
  const forbidden = (field: 'systemTrust' | 'insecureSkipVerify'): string | null => {
    const by = stated(field, (tls) => (tls[field] === 'Forbidden' ? true : undefined));
    return by === null ? null : `which ${describeObject(by.origin)} forbids`;
  };
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

/**
 * Of a Gateway whose FarsideConfig cannot be had, and that is served on: whatever was asked for, this is no weaker. A backend
 * that needs more than that answers 503.
 */
function strictest(gateway: Resource<Gateway>): BackendTlsDefaults {
  const why = `which may be forbidden: a FarsideConfig of ${describeObject(gateway.reference)} cannot be had`;
  return {
    ...noDefaults,
    minVersion: { value: 'TLSv1.3', origin: originOf(gateway, '') },
    noSystemTrust: why,
    noSkipVerify: why,
    scope: gatewayStep(gateway),
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
