import { findCipherSuite } from '../../../model/cipher-suite.ts';
import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject, type Origin } from '../../../model/origin.ts';
import type { AcceptedName, ServerName, TlsVersion } from '../../../model/tls.ts';
import type { BackendTLSPolicy } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { quote } from '../../../resources/quote.ts';
import { originOf } from '../../../resources/set.ts';
import {
  type Parsed,
  parseAlpn,
  parseBoolean,
  parseCiphers,
  parseGroups,
  parseIpAddresses,
  parseServerName,
  parseVersion,
} from './option-values.ts';

/** What `spec.options` of a policy asks for. Null where it says nothing. */
export interface Options {
  readonly minVersion: Decided<TlsVersion> | null;
  readonly maxVersion: Decided<TlsVersion> | null;
  readonly ciphers: Decided<readonly string[]> | null;
  readonly groups: Decided<readonly string[]> | null;
  readonly alpn: Decided<readonly string[]> | null;
  readonly serverName: Decided<ServerName> | null;
  readonly ipAddresses: Decided<readonly AcceptedName[]> | null;
  readonly skipVerify: Decided<boolean> | null;
}

export const noOptions: Options = {
  minVersion: null,
  maxVersion: null,
  ciphers: null,
  groups: null,
  alpn: null,
  serverName: null,
  ipAddresses: null,
  skipVerify: null,
};

const domain = 'farside.dev';

/** Every key that is understood. A new option is a row here, and its use where BackendTls is put together. */
const table: { readonly [Field in keyof Options]: Row<NonNullable<Options[Field]>['value']> } = {
  minVersion: { key: 'min-tls-version', parse: parseVersion },
  maxVersion: { key: 'max-tls-version', parse: parseVersion },
  ciphers: { key: 'ciphers', parse: parseCiphers },
  groups: { key: 'groups', parse: parseGroups },
  alpn: { key: 'alpn', parse: parseAlpn },
  serverName: { key: 'server-name', parse: parseServerName },
  ipAddresses: { key: 'ip-addresses', parse: parseIpAddresses },
  skipVerify: { key: 'insecure-skip-verify', parse: parseBoolean },
};

interface Row<T> {
  readonly key: string;
  parse(text: string): Parsed<T>;
}

/** `farside.dev/alpn`, and so on: every key, for messages. */
export const optionKeys: readonly string[] = Object.values(table).map(({ key }) => `${domain}/${key}`);

export interface ReadOptions {
  readonly options: Options;
  /** Make the policy invalid. */
  readonly problems: readonly Finding[];
  /** Deserve a look and change nothing. */
  readonly notes: readonly Finding[];
}

export function readOptions(policy: Resource<BackendTLSPolicy>): ReadOptions {
  const stated = policy.object.spec.options ?? {};
  const problems: Finding[] = [];
  const read = <T>({ key, parse }: Row<T>): Decided<T> | null => {
    const name = `${domain}/${key}`;
    const text = Object.hasOwn(stated, name) ? stated[name] : undefined;
    if (text === undefined) return null;
    const parsed = parse(text);
    if (parsed.type === 'value') return { value: parsed.value, origin: optionOrigin(policy, name) };
    problems.push(refusedValue(policy, name, text, parsed));
    return null;
  };
  const options: Options = {
    minVersion: read(table.minVersion),
    maxVersion: read(table.maxVersion),
    ciphers: read(table.ciphers),
    groups: read(table.groups),
    alpn: read(table.alpn),
    serverName: read(table.serverName),
    ipAddresses: read(table.ipAddresses),
    skipVerify: read(table.skipVerify),
  };
  const strangers = readStrangers(policy, Object.keys(stated).sort());
  problems.push(...strangers.problems, ...contradictions(policy, options));
  return { options, problems, notes: [...strangers.notes, ...weaknesses(policy, options)] };
}

const optionOrigin = (policy: Resource, name: string): Origin => originOf(policy, `spec.options[${name}]`);

function refusedValue(
  policy: Resource,
  name: string,
  text: string,
  refusal: Parsed<unknown> & { type: 'refused' },
): Finding {
  const why = refusal.reason === '' ? '' : `, but ${refusal.reason}`;
  return {
    severity: 'error',
    reason: 'Invalid',
    message: `${describeObject(policy.reference)} sets option ${name} to ${quote(text)}${why}; allowed: ${refusal.allowed}`,
    remedy: 'write an allowed value, or remove the option',
    origin: optionOrigin(policy, name),
  };
}

/** Keys that are not in the table, by whose they are. */
function readStrangers(policy: Resource, names: readonly string[]): Pick<ReadOptions, 'problems' | 'notes'> {
  const problems: Finding[] = [];
  const notes: Finding[] = [];
  for (const name of names) {
    if (optionKeys.includes(name)) continue;
    const prefix = name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
    const ours = prefix === domain || prefix.endsWith(`.${domain}`);
    const origin = optionOrigin(policy, name);
    if (prefix !== '' && !ours) {
      notes.push({
        severity: 'info',
        reason: 'OptionIgnored',
        message: `${describeObject(policy.reference)} sets option ${quote(name)}, which belongs to another implementation and has no effect here`,
        remedy: `say the same with a key under ${domain}, if it is meant for Farside too`,
        origin,
      });
      continue;
    }
    const meant = optionKeys.find((key) => key === `${domain}/${name}`);
    problems.push({
      severity: 'error',
      reason: 'Invalid',
      message: ours
        ? `${describeObject(policy.reference)} sets option ${quote(name)}, which does not exist`
        : `${describeObject(policy.reference)} sets option ${quote(name)} without a domain; such keys are the Gateway API's own, and it defines none`,
      remedy: meant === undefined ? `use one of ${optionKeys.join(', ')}` : `write ${meant}`,
      origin,
    });
  }
  return { problems, notes };
}

/** Options that are right each by itself and make no handshake possible, or not the one that was meant, together. */
function contradictions(policy: Resource, { minVersion, maxVersion, ciphers }: Options): Finding[] {
  const name = describeObject(policy.reference);
  const found = (origin: Origin, message: string, remedy: string): Finding => ({
    severity: 'error',
    reason: 'Invalid',
    message: `${name} ${message}`,
    remedy,
    origin,
  });
  if (minVersion?.value === 'TLSv1.3' && maxVersion?.value === 'TLSv1.2') {
    return [
      found(minVersion.origin, 'asks for at least TLS 1.3 and at most TLS 1.2', 'raise the one or lower the other'),
    ];
  }
  if (ciphers === null) return [];
  const suites = ciphers.value.flatMap((cipher) => findCipherSuite(cipher) ?? []);
  const useless = suites.find(({ version }) =>
    version === 'TLSv1.3' ? maxVersion?.value === 'TLSv1.2' : minVersion?.value === 'TLSv1.3',
  );
  if (useless !== undefined) {
    const remedy = `take ${useless.name} out, or allow its version`;
    const version = useless.version === 'TLSv1.3' ? '1.3' : '1.2';
    return [
      found(ciphers.origin, `lists ${useless.name}, which is of TLS ${version}, a version that it rules out`, remedy),
    ];
  }
  if (minVersion?.value !== 'TLSv1.3' && suites.every(({ version }) => version === 'TLSv1.3')) {
    return [
      found(
        ciphers.origin,
        'allows TLS 1.2 and lists no cipher suite of it',
        `set ${domain}/${table.minVersion.key} to 1.3, or list suites of TLS 1.2 too`,
      ),
    ];
  }
  return [];
}

function weaknesses(policy: Resource, { ciphers }: Options): Finding[] {
  if (ciphers === null) return [];
  const weak = ciphers.value.flatMap((cipher) => {
    const suite = findCipherSuite(cipher);
    return suite === undefined || suite.weakness === null ? [] : [`${suite.name} (${suite.weakness})`];
  });
  if (weak.length === 0) return [];
  return [
    {
      severity: 'warning',
      reason: 'WeakCipher',
      message: `${describeObject(policy.reference)} allows ${weak.join(', ')}`,
      remedy: 'keep to suites that begin with ECDHE and end with GCM or POLY1305, if the backend knows any',
      origin: ciphers.origin,
    },
  ];
}
