import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';

/** The node of the test cluster, where what runs beside the pods can be reached by them. */
export const nodeAddress = '10.244.0.1';
export const controllerNamespace = 'farside-system';
export const streamPort = 18_000;
export const dataPlaneImage = 'farside:test';
export const leaseName = 'farside-controller';

export interface ControllerOptions {
  /** The folder of the package: `bin/farside.js` is in it. */
  readonly folder: string;
  readonly adminPort: number;
  readonly logFile: string;
  readonly nodeFlags?: readonly string[];
  readonly flags?: readonly string[];
}

/** A controller beside the suite that has data planes in pods. Several take turns at leading. */
export class ControllerProcess {
  readonly options: ControllerOptions;
  #child: ChildProcess | null = null;

  constructor(options: ControllerOptions) {
    this.options = options;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the controller does not run');
    return pid;
  }

  start(): void {
    const { folder, adminPort, logFile, nodeFlags = [], flags = [] } = this.options;
    const log = openSync(logFile, 'a');
    const command = [
      ...[...nodeFlags, join(folder, 'bin/farside.js'), 'controller', '--namespace', controllerNamespace],
      ...['--data-plane-image', dataPlaneImage, '--stream', `0.0.0.0:${streamPort}`],
      ...['--stream-address', `${nodeAddress}:${streamPort}`, '--admin', `127.0.0.1:${adminPort}`, ...flags],
    ];
    // As the chart starts it.
    const env = { ...process.env, NODE_OPTIONS: '--max-semi-space-size=4' };
    this.#child = spawn(process.execPath, command, { env, stdio: ['ignore', log, log] });
  }

  /** Ends it, orderly (`SIGTERM`) or not at all so; resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  }
}
