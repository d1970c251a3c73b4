import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.ts';
import type { Options } from './options.ts';

/** Runs `farside controller` in host mode, with the log in a file. The GatewayClass is made where there is none. */
export function startController(options: Options, kubeconfig: string, logFile: string): ChildProcess {
  const className = options.gatewayClass;
  execFileSync('kubectl', ['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: className },
      spec: { controllerName: 'farside.dev/gateway-controller' },
    }),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const log = openSync(logFile, 'w');
  const command = [
    join(root, 'bin/farside.js'),
    'controller',
    '--kubeconfig',
    kubeconfig,
    '--address',
    options.address,
  ];
  return spawn(process.execPath, command, { stdio: ['ignore', log, log] });
}

/** The suite reads what the class supports before it waits for anything, so the wait is here. */
export function awaitGatewayClass(name: string): void {
  execFileSync('kubectl', ['wait', `gatewayclass/${name}`, '--for=condition=Accepted', '--timeout=60s'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** What the class claims. Empty where it claims nothing. */
export function supportedFeatures(className: string): readonly string[] {
  const path = '{.status.supportedFeatures[*].name}';
  const output = execFileSync('kubectl', ['get', 'gatewayclass', className, '-o', `jsonpath=${path}`], {
    encoding: 'utf8',
  });
  return output.split(' ').filter((name) => name !== '');
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  // Long enough to drain; a controller that hangs must not keep the cluster.
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
