// Runs the official Gateway API conformance suite against Farside. See README.md.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { provideHelm } from '../scripts/chart/helm.ts';
import { buildCluster, buildImages, buildSuite, cache, definitions, provideKubectl, root } from './build.ts';
import { farsideImage } from './chart/image.ts';
import { installChart, keepLogs, uninstallChart } from './chart/install.ts';
import { checkRights } from './chart/rights.ts';
import { awaitGatewayClass, startController, stop, supportedFeatures } from './farside.ts';
import { allProfiles, type Options, parseOptions, UsageError, usage } from './options.ts';
import { compilePackage } from './package.ts';
import { concernsGateways, readResults, summarize } from './results.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, process.env);
  provideKubectl();
  if (options.outages) return await runOutages(options);
  return options.cluster === 'own' ? await inOwnCluster(options, args) : await inCluster(options);
}

/** Starts a cluster whose command is this script again, then with `$KUBECONFIG`. */
async function inOwnCluster(options: Options, args: readonly string[]): Promise<number> {
  buildSuite(options.version);
  const testcluster = buildCluster();
  const images = join(cache, 'images.json');
  const chart = options.mode === 'chart';
  // The cluster reaches nothing outside of this machine.
  if (chart) provideHelm();
  writeFileSync(images, JSON.stringify({ ...buildImages(), ...(chart ? { farside: farsideImage() } : {}) }, null, 2));
  // Kept, with the logs of all pods, until the next run.
  const kept = chart ? ['--audit', '--dir', join(options.logs ?? join(cache, 'logs'), 'cluster')] : [];
  const command = [process.execPath, import.meta.filename, ...args, '--cluster', 'kubeconfig', '--mode', options.mode];
  const apply = ['--apply', definitions(options.version)];
  const child = spawn(testcluster, ['run', '--images', images, ...kept, ...apply, '--', ...command], {
    stdio: 'inherit',
  });
  return await exitCodeOf(child);
}

async function inCluster(options: Options): Promise<number> {
  const kubeconfig = process.env.KUBECONFIG;
  if (kubeconfig === undefined) throw new UsageError('--cluster kubeconfig needs $KUBECONFIG');
  const suite = buildSuite(options.version);
  const logs = options.logs ?? join(cache, 'logs');
  mkdirSync(logs, { recursive: true });
  const takeAway = provideFarside(options, kubeconfig, logs);
  try {
    awaitGatewayClass(options.gatewayClass);
    const claimed = supportedFeatures(options.gatewayClass);
    console.log(`${options.gatewayClass} claims ${claimed.length} features; logs in ${logs}`);
    const code = options.seeds ? await runSeeds(options) : await runSuite(suite, options, logs);
    if (options.mode !== 'chart') return code;
    const suffices = await checkRights(!options.seeds && isWhole(options));
    return code === 0 && !suffices ? 1 : code;
  } finally {
    await takeAway();
  }
}

/** Gets Farside into the cluster as the mode says; the result gets it out of there. */
function provideFarside(options: Options, kubeconfig: string, logs: string): () => Promise<void> {
  switch (options.mode) {
    case 'host': {
      const controller = startController(options, kubeconfig, join(logs, 'farside.log'));
      return () => stop(controller);
    }
    case 'chart':
      installChart(
        `gatewayClass.name=${options.gatewayClass}`,
        // The suite is run with what the chart asks for by default.
        ...(options.seeds ? ['dialects={gateway-api,contour}'] : []),
      );
      return async () => {
        keepLogs(logs);
        uninstallChart();
      };
    case 'installed':
      return async () => {};
  }
}

const isWhole = ({ tests, features, profiles }: Options): boolean =>
  tests.length === 0 && features.length === 0 && profiles.length === allProfiles.length;

/** In a cluster of their own, whose parts they stop. They start controllers themselves, to end them. */
async function runOutages(options: Options): Promise<number> {
  const logs = join(options.logs ?? join(cache, 'logs'), 'outages');
  mkdirSync(logs, { recursive: true });
  const folder = compilePackage(join(cache, 'package'));
  const images = join(cache, 'images-outages.json');
  const own = { entrypoint: ['/app/node_modules/.bin/node', '/app/bin/farside.js'], files: { '/app': folder } };
  writeFileSync(images, JSON.stringify({ ...buildImages(), farside: own }, null, 2));
  const wanted = options.tests.length === 0 ? ['*'] : options.tests;
  const files = wanted.map((name) => join(import.meta.dirname, `outages/${name}.test.ts`));
  const command = [process.execPath, '--test', '--test-timeout=300000', '--test-concurrency=1', ...files];
  const apply = [definitions(options.version), join(root, 'charts/farside/crds')].flatMap((path) => ['--apply', path]);
  const cluster = ['--images', images, '--dir', join(logs, 'cluster'), ...apply];
  const env = { ...process.env, FARSIDE_PACKAGE: folder, FARSIDE_LOGS: logs };
  return await exitCodeOf(spawn(buildCluster(), ['run', ...cluster, '--', ...command], { env, stdio: 'inherit' }));
}

async function runSeeds(options: Options): Promise<number> {
  const scenarios = join(import.meta.dirname, 'seeds/*.test.ts');
  const env = { ...process.env, FARSIDE_GATEWAY_CLASS: options.gatewayClass };
  return await exitCodeOf(
    spawn(process.execPath, ['--test', '--test-timeout=60000', scenarios], { env, stdio: 'inherit' }),
  );
}

async function runSuite(suite: string, options: Options, logs: string): Promise<number> {
  const whole = isWhole(options);
  const report = whole ? reportFile(options) : join(logs, 'report.yaml');
  const logFile = join(logs, 'suite.log');
  // In its own folder for the relative paths that the suite may use.
  const child = spawn(suite, suiteArguments(options, report), { cwd: logs, stdio: ['ignore', 'pipe', 'inherit'] });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  const code = await exitCodeOf(child);
  await finished(log);
  const results = readResults(readFileSync(logFile, 'utf8'));
  console.log(results.length === 0 ? `the suite broke off: see ${logFile}` : summarize(results));
  // A test that the suite leaves out says nothing about the gateway: a whole run has none.
  const leftOut = whole && results.some((result) => result.outcome === 'skipped' && concernsGateways(result));
  return code === 0 && (leftOut || results.length === 0) ? 1 : code;
}

function suiteArguments(options: Options, report: string): readonly string[] {
  const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  const features =
    options.features.length === 0
      ? []
      : options.features.includes('all')
        ? ['-all-features']
        : [`-supported-features=${options.features.join(',')}`];
  return [
    // The suite's own flag for one test forgets the features that the class claims; Go's picks tests and changes nothing.
    `-test.run=${options.tests.length === 0 ? '^TestConformance$' : `^TestConformance$/^(${options.tests.join('|')})$`}`,
    '-test.v',
    '-test.timeout=30m',
    `-gateway-class=${options.gatewayClass}`,
    `-conformance-profiles=${options.profiles.join(',')}`,
    `-usable-address=${options.usableAddress}`,
    `-unusable-address=${options.unusableAddress}`,
    `-report-output=${report}`,
    '-organization=Farside',
    '-project=farside',
    '-url=https://farside.dev',
    `-version=v${project.version}`,
    '-contact=https://farside.dev',
    `-mode=${options.mode}`,
    // A cluster of our own goes as a whole. Its namespaces take most of the 30 s that the suite gives them, however idle it is.
    ...(process.env.TESTCLUSTER_DIR === undefined ? [] : ['-cleanup-base-resources=false']),
    ...features,
  ];
}

function reportFile(options: Options): string {
  const folder = join(import.meta.dirname, 'reports', options.version);
  mkdirSync(folder, { recursive: true });
  return join(folder, `experimental-${options.mode}-report.yaml`);
}

async function exitCodeOf(child: ChildProcess): Promise<number> {
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return code ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
