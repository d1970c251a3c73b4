// `npm run try-alerts`: renders the alert rules of the chart and lets Prometheus' own engine try them on the cases of
// alerts/cases.txt. Needs Go, and builds for a minute or two the first time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoHelmError, provideHelm, render } from './helm.ts';

function tryAlerts(): number {
  const rules = ['--set', 'monitoring.rules.enabled=true', '--show-only', 'templates/prometheusrule.yaml'];
  const { accepted, output } = render(provideHelm(), ...rules);
  if (!accepted) throw new Error(output);
  const folder = mkdtempSync(join(tmpdir(), 'farside-alerts-'));
  try {
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, output);
    const env = { ...process.env, FARSIDE_RULES: file, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' };
    const cwd = join(import.meta.dirname, 'alerts');
    return spawnSync('go', ['test', './...'], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  process.exitCode = tryAlerts();
} catch (cause) {
  if (!(cause instanceof NoHelmError)) throw cause;
  console.error(`skipped: ${cause.message}`);
}
