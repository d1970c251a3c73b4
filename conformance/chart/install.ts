import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chart, provideHelm } from '../../scripts/chart/helm.ts';

export const namespace = 'farside-system';
const release = 'farside';
const waiting = ['--namespace', namespace, '--wait', '--timeout', '2m'];

/** Installs the chart as a person does, and waits until its Deployment is there. `values`: as `--set` takes them. */
export function installChart(...values: readonly string[]): void {
  helm('install', release, chart, '--create-namespace', ...waiting, ...settings(values));
}

/** Leaves this process free meanwhile, for one that sends requests. */
export async function upgradeChart(...values: readonly string[]): Promise<void> {
  await promisify(execFile)(provideHelm(), ['upgrade', release, chart, ...waiting, ...settings(values)]);
}

export function uninstallChart(): void {
  helm('uninstall', release, ...waiting);
}

/** What the controllers that run by now have said. */
export function keepLogs(logs: string): void {
  const selector = 'app.kubernetes.io/component=controller';
  const options = ['-n', namespace, '-l', selector, '--prefix', '--tail=-1'];
  const output = execFileSync('kubectl', ['logs', ...options], { encoding: 'utf8', maxBuffer: 1 << 30 });
  writeFileSync(join(logs, 'farside.log'), output);
}

const settings = (values: readonly string[]): readonly string[] => values.flatMap((value) => ['--set', value]);

function helm(...args: readonly string[]): void {
  execFileSync(provideHelm(), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
