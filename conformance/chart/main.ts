// `npm run try-chart`: starts a cluster and does with the chart what its users do: render it for the API server, install it,
// serve a Gateway, upgrade, uninstall; and the same with the plain manifests. What it needs is what the suite needs (README.md).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideHelm } from '../../scripts/chart/helm.ts';
import { buildCluster, buildImages, cache, definitions, downloadModule, provideKubectl } from '../build.ts';
import { farsideImage } from './image.ts';

/** The definitions of ServiceMonitor and the like. */
function monitoringDefinitions(): readonly string[] {
  const module = downloadModule('github.com/prometheus-operator/prometheus-operator@v0.85.0');
  return ['servicemonitors', 'podmonitors', 'prometheusrules'].map((plural) =>
    join(module, `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`),
  );
}

provideHelm();
provideKubectl();
const folder = join(cache, 'logs/chart');
mkdirSync(folder, { recursive: true });
const images = join(folder, 'images.json');
writeFileSync(images, JSON.stringify({ ...buildImages(), farside: farsideImage() }, null, 2));
const applied = [definitions('v1.7.0'), ...monitoringDefinitions()].flatMap((path) => ['--apply', path]);
const tests = [process.execPath, '--test', '--test-timeout=120000', join(import.meta.dirname, 'chart.test.ts')];
const options = ['run', '--audit', '--dir', join(folder, 'cluster'), '--images', images, ...applied, '--', ...tests];
const child = spawn(buildCluster(), options, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
