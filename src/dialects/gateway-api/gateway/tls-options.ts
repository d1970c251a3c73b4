import { type CipherSuite, cipherSuites, findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Finding } from '../../../model/finding.ts';
import type { ListenerTls, TlsVersion } from '../../../model/tls.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';

/** What `tls.options` of a listener decide. */
export type TlsOptions = Pick<ListenerTls, 'minVersion' | 'maxVersion' | 'ciphers'>;

export interface ReadTlsOptions {
  readonly values: TlsOptions;
  /** Keys and values that are refused: the listener is not served with less than was asked for. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

const domain = 'farside.dev/';
const versions: Readonly<Record<string, TlsVersion>> = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };
const defaults: TlsOptions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: null };

type Parsed = { readonly part: Partial<TlsOptions> } | { readonly cause: string; readonly remedy: string };

/** One row for each key. */
const parsers: Readonly<Record<string, (value: string) => Parsed>> = {
  'farside.dev/min-tls-version': (value) => parseVersion(value, (minVersion) => ({ minVersion })),
  'farside.dev/max-tls-version': (value) => parseVersion(value, (maxVersion) => ({ maxVersion })),
  'farside.dev/ciphers': parseCiphers,
};

/** The keys that a listener takes, for messages. */
export const listenerOptionKeys: readonly string[] = Object.keys(parsers);

/** Reads `tls.options` of a listener, which stand at `field`. */
export function readTlsOptions(
  gateway: Resource<Gateway>,
  options: Readonly<Record<string, string>>,
  field: string,
): ReadTlsOptions {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  let values = defaults;
  for (const [key, value] of Object.entries(options)) {
    const origin = originOf(gateway, `${field}[${key}]`);
    const parse = Object.hasOwn(parsers, key) ? parsers[key] : undefined;
    if (parse === undefined) {
      if (key.startsWith(domain) || !key.includes('/')) problems.push(unknownKey(key, origin));
      else warnings.push(foreignKey(key, origin));
      continue;
    }
    const parsed = parse(value);
    if ('part' in parsed) values = { ...values, ...parsed.part };
    else problems.push(refused(`option ${key} ${parsed.cause}`, parsed.remedy, origin));
  }
  if (values.minVersion > values.maxVersion) {
    problems.push(
      refused(
        `the lowest TLS version, ${values.minVersion}, is above the highest, ${values.maxVersion}`,
        'let min-tls-version be at most max-tls-version',
        originOf(gateway, field),
      ),
    );
  } else if (values.ciphers !== null && missesVersion(values)) {
    problems.push(
      refused(
        `none of the ciphers can be used between ${values.minVersion} and ${values.maxVersion}`,
        'add a cipher of that version, or remove the option',
        originOf(gateway, `${field}[${domain}ciphers]`),
      ),
    );
  }
  return { values, problems, warnings };
}

function parseVersion(value: string, part: (version: TlsVersion) => Partial<TlsOptions>): Parsed {
  const version = Object.hasOwn(versions, value) ? versions[value] : undefined;
  if (version !== undefined) return { part: part(version) };
  return {
    cause: `is "${value}", which is no TLS version that is offered`,
    remedy: `set it to ${Object.keys(versions).join(' or ')}`,
  };
}

/** OpenSSL or IANA names, separated by commas. */
function parseCiphers(value: string): Parsed {
  const suites: CipherSuite[] = [];
  for (const name of value.split(',')) {
    const suite = findCipherSuite(name.trim());
    if (suite === undefined) {
      return {
        cause: `names "${name.trim()}", which is no cipher that is offered`,
        remedy: `choose, separated by commas, out of ${cipherSuites.map((each) => each.name).join(', ')}`,
      };
    }
    if (!suites.includes(suite)) suites.push(suite);
  }
  return { part: { ciphers: suites.map(({ name }) => name) } };
}

function missesVersion({ minVersion, maxVersion, ciphers }: TlsOptions): boolean {
  return !(ciphers ?? []).some((name) => {
    const version = findCipherSuite(name)?.version;
    return version !== undefined && version >= minVersion && version <= maxVersion;
  });
}

function refused(message: string, remedy: string, origin: Finding['origin']): Finding {
  return {
    severity: 'error',
    reason: 'UnsupportedValue',
    message,
    effect: 'the listener is not served',
    remedy,
    origin,
  };
}

function unknownKey(key: string, origin: Finding['origin']): Finding {
  return refused(`option ${key} is unknown`, `use one of ${listenerOptionKeys.join(', ')}`, origin);
}

/** Another gateway's option says nothing about this one. */
function foreignKey(key: string, origin: Finding['origin']): Finding {
  return {
    severity: 'info',
    reason: 'OptionIgnored',
    message: `option ${key} is another implementation's and has no effect here`,
    remedy: `use one of ${listenerOptionKeys.join(', ')} where one fits`,
    origin,
  };
}
