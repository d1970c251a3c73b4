import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, provideHelm } from '../../scripts/chart/helm.ts';

export const namespace = 'farside-system';
const release = 'farside';

/** Installs the chart as a person does, and waits until its Deployment is there. */
export function installChart(gatewayClass: string): void {
  const values = ['--set', `gatewayClass.name=${gatewayClass}`];
  helm(
    'install',
    release,
    chart,
    '--namespace',
    namespace,
    '--create-namespace',
    '--wait',
    '--timeout',
    '2m',
    ...values,
  );
}

export function uninstallChart(): void {
  helm('uninstall', release, '--namespace', namespace, '--wait', '--timeout', '1m');
}

/** What the controllers that run by now have said. */
export function keepLogs(logs: string): void {
  const selector = 'app.kubernetes.io/component=controller';
  const options = ['-n', namespace, '-l', selector, '--prefix', '--tail=-1'];
  const output = execFileSync('kubectl', ['logs', ...options], { encoding: 'utf8', maxBuffer: 1 << 30 });
  writeFileSync(join(logs, 'farside.log'), output);
}

function helm(...args: readonly string[]): void {
  execFileSync(provideHelm(), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
