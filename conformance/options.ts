import { parseArgs } from 'node:util';

/** Versions of the official suite that have a Go module in `suite/`, the newest first. */
export const versions = ['v1.7.0', 'v1.6.3'] as const;
export type Version = (typeof versions)[number];

/**
 * How Farside gets into the cluster: `chart` installs the chart with helm, and takes it away at the end; `host` runs
 * `farside controller` beside the suite, which opens the listeners in this machine's network; `installed` expects it, and a
 * GatewayClass named by `--gateway-class`, to be there already.
 */
export const modes = ['chart', 'host', 'installed'] as const;
export type Mode = (typeof modes)[number];

export const allProfiles: readonly string[] = [
  'GATEWAY-HTTP',
  'GATEWAY-TLS',
  'GATEWAY-GRPC',
  'GATEWAY-TCP',
  'GATEWAY-UDP',
];

export type Options = {
  readonly version: Version;
  readonly mode: Mode;
  /** `own`: a cluster that lives as long as the run. `kubeconfig`: the one that `$KUBECONFIG` names. */
  readonly cluster: 'own' | 'kubeconfig';
  readonly gatewayClass: string;
  /** Host mode: where Gateways get their addresses from. */
  readonly address: string;
  readonly usableAddress: string;
  readonly unusableAddress: string;
  readonly profiles: readonly string[];
  /** Short names of the tests to run; empty for all of them. */
  readonly tests: readonly string[];
  /** Features to test instead of those that the GatewayClass claims; `all`, or names. */
  readonly features: readonly string[];
  /** Runs the scenarios of `seeds/` instead of the suite. */
  readonly seeds: boolean;
  /** Runs what `outages/` tries, instead of the suite, in a cluster of its own; `tests` names files of it. */
  readonly outages: boolean;
  /** Folder for the logs, and for the report of a run of some tests only. */
  readonly logs: string | null;
};

export class UsageError extends Error {}

export const usage = `usage: npm run conformance -- [options]

  --version ${versions.join('|')}      version of the suite (default: the first)
  --mode ${modes.join('|')}        how Farside gets into the cluster (default: chart in a cluster of its own, else installed)
  --cluster own|kubeconfig     a cluster made for the run, or that of $KUBECONFIG (default: the latter where it is set)
  --profiles A,B               conformance profiles (default: ${allProfiles.join(',')})
  --run-test NAME              run this test only; may be given again
  --features all|A,B           features to test instead of those that the GatewayClass claims
  --gateway-class NAME         (default: farside)
  --address CIDR               host mode: addresses for Gateways (default: 172.30.100.0/24)
  --usable-address IP          an address that a Gateway can ask for (default: 172.30.100.250)
  --unusable-address IP        one that it cannot get (default: 192.0.2.1)
  --seeds                      the scenarios of conformance/seeds/ instead of the suite
  --outages                    what conformance/outages/ tries instead of the suite; --run-test names a file there
  --logs FOLDER                where logs go (default: .cache/conformance/logs)`;

/** @throws UsageError for unknown flags and values. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const values = parse(args);
  const cluster = oneOf(
    'cluster',
    ['own', 'kubeconfig'],
    values.cluster ?? (environment.KUBECONFIG ? 'kubeconfig' : 'own'),
  );
  const profiles = list(values.profiles);
  for (const profile of profiles) oneOf('profiles', allProfiles, profile);
  return {
    version: oneOf('version', versions, values.version ?? versions[0]),
    mode: oneOf('mode', modes, values.mode ?? (cluster === 'own' ? 'chart' : 'installed')),
    cluster,
    gatewayClass: values['gateway-class'] ?? 'farside',
    address: values.address ?? '172.30.100.0/24',
    usableAddress: values['usable-address'] ?? '172.30.100.250',
    // A documentation address (RFC 5737), which no machine has.
    unusableAddress: values['unusable-address'] ?? '192.0.2.1',
    profiles: profiles.length === 0 ? allProfiles : profiles,
    tests: values['run-test'] ?? [],
    features: list(values.features),
    seeds: values.seeds ?? false,
    outages: values.outages ?? false,
    logs: values.logs ?? null,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        version: text,
        mode: text,
        cluster: text,
        profiles: text,
        'run-test': { type: 'string', multiple: true },
        features: text,
        'gateway-class': text,
        address: text,
        'usable-address': text,
        'unusable-address': text,
        seeds: { type: 'boolean' },
        outages: { type: 'boolean' },
        logs: text,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<Value extends string>(flag: string, allowed: readonly Value[], value: string): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`--${flag}: ${value} is none of ${allowed.join(', ')}`);
  return found;
}

function list(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').filter((item) => item !== '');
}
