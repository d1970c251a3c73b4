import { type CipherSuite, findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Finding } from '../../../model/finding.ts';
import type { ListenerTls } from '../../../model/tls.ts';
import type { Resource } from '../../../resources/object.ts';
import { quote } from '../../../resources/quote.ts';
import { originOf } from '../../../resources/set.ts';
import { type Parsed, parseCiphers, parseVersion } from '../backend-tls/option-values.ts';

/** What `tls.options` of a listener decide. */
export type TlsOptions = Pick<ListenerTls, 'minVersion' | 'maxVersion' | 'ciphers'>;

export interface ReadTlsOptions {
  readonly values: TlsOptions;
  /** Keys and values that are refused: the listener is not served with less than was asked for. */
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

const domain = 'farside.dev/';
const defaults: TlsOptions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: null };

type ParseOption = (text: string) => Parsed<Partial<TlsOptions>>;

/** One row for each key. The values are written as those of a BackendTLSPolicy are. */
const parsers: Readonly<Record<string, ParseOption>> = {
  'farside.dev/min-tls-version': option(parseVersion, (minVersion) => ({ minVersion })),
  'farside.dev/max-tls-version': option(parseVersion, (maxVersion) => ({ maxVersion })),
  'farside.dev/ciphers': option(parseCiphers, (ciphers) => ({ ciphers })),
};

function option<T>(parse: (text: string) => Parsed<T>, part: (value: T) => Partial<TlsOptions>): ParseOption {
  return (text) => {
    const parsed = parse(text);
    return parsed.type === 'value' ? { type: 'value', value: part(parsed.value) } : parsed;
  };
}

/** The keys that a listener takes, for messages. */
export const listenerOptionKeys: readonly string[] = Object.keys(parsers);

/** Reads `tls.options` of a listener, which stand at `field`. */
export function readTlsOptions(
  owner: Resource,
  options: Readonly<Record<string, string>>,
  field: string,
): ReadTlsOptions {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  let values = defaults;
  for (const [key, value] of Object.entries(options)) {
    const origin = originOf(owner, `${field}[${key}]`);
    const parse = Object.hasOwn(parsers, key) ? parsers[key] : undefined;
    if (parse === undefined) {
      if (key.startsWith(domain) || !key.includes('/')) problems.push(unknownKey(key, origin));
      else warnings.push(foreignKey(key, origin));
      continue;
    }
    const parsed = parse(value);
    if (parsed.type === 'value') values = { ...values, ...parsed.value };
    else {
      const cause = parsed.reason === '' ? '' : `, but ${parsed.reason}`;
      const message = `option ${key} is ${quote(value)}${cause}; allowed: ${parsed.allowed}`;
      problems.push(refused(message, 'write an allowed value, or remove the option', origin));
    }
  }
  if (problems.length === 0) {
    const contradiction = contradictionOf(values);
    if (contradiction !== null) {
      const { key, message, remedy } = contradiction;
      problems.push(refused(message, remedy, originOf(owner, `${field}[${domain}${key}]`)));
    }
    warnings.push(...weaknesses(values, originOf(owner, `${field}[${domain}ciphers]`)));
  }
  return { values, problems, warnings };
}

/** Options that are right each by itself and together allow no handshake, or not the one that was meant. */
function contradictionOf({ minVersion, maxVersion, ciphers }: TlsOptions): {
  readonly key: string;
  readonly message: string;
  readonly remedy: string;
} | null {
  if (minVersion > maxVersion) {
    return {
      key: 'min-tls-version',
      message: `the lowest TLS version, ${minVersion}, is above the highest, ${maxVersion}`,
      remedy: 'let min-tls-version be at most max-tls-version',
    };
  }
  const suites = suitesOf(ciphers);
  const useless = suites.find(({ version }) => version < minVersion || version > maxVersion);
  if (useless !== undefined) {
    return {
      key: 'ciphers',
      message: `cipher ${useless.name} is of ${useless.version}, a version that is ruled out`,
      remedy: `take ${useless.name} out, or allow its version`,
    };
  }
  if (minVersion === 'TLSv1.2' && suites.length > 0 && suites.every(({ version }) => version === 'TLSv1.3')) {
    return {
      key: 'ciphers',
      message: 'TLSv1.2 is allowed and no cipher of it is listed',
      remedy: `set ${domain}min-tls-version to 1.3, or list ciphers of TLSv1.2 too`,
    };
  }
  return null;
}

function weaknesses({ ciphers }: TlsOptions, origin: Finding['origin']): readonly Finding[] {
  const weak = suitesOf(ciphers).filter(({ weakness }) => weakness !== null);
  if (weak.length === 0) return [];
  return [
    {
      severity: 'warning',
      reason: 'WeakCipher',
      message: `the listener allows ${weak.map(({ name, weakness }) => `${name} (${weakness})`).join(', ')}`,
      remedy: 'keep to suites that begin with ECDHE and end with GCM or POLY1305, if the clients know any',
      origin,
    },
  ];
}

function suitesOf(ciphers: readonly string[] | null): readonly CipherSuite[] {
  return (ciphers ?? []).flatMap((name) => findCipherSuite(name) ?? []);
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
