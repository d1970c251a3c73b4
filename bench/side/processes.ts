import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A proxy under test. */
export interface Contender {
  readonly name: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** The process whose CPU time, with that of its descendants, is counted. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** The proxy gets the first core for itself; backend and client share the second. */
export const proxyCore = '0';
export const loadCore = '1';

/** Starts a command pinned to the proxy's core. Its output is shown only when it ends too early. */
export function startPinned(name: string, command: readonly string[]): ChildProcess & { readonly pid: number } {
  const child = spawn('taskset', ['-c', proxyCore, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${name} ended with ${code}:\n${output}`);
  });
  if (child.pid === undefined) throw new Error(`${name} did not start: is taskset (util-linux) installed?`);
  return child as ChildProcess & { readonly pid: number };
}

/** Starts one of this folder's scripts on the second core and waits for its first message. */
export async function startScript<T>(script: string, folder: string): Promise<{ child: ChildProcess; first: T }> {
  const child = fork(join(import.meta.dirname, script), [folder]);
  spawn('taskset', ['-a', '-p', '-c', loadCore, String(child.pid)], { stdio: 'ignore' });
  const first = script === 'load.ts' ? (undefined as T) : await message<T>(child);
  return { child, first };
}

export function message<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (value) => resolve(value as T)));
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(timer);
}

/** Nanoseconds on a processor, of a process and all below it. */
export function cpuTime(pid: number): number {
  let total = 0;
  for (const each of tree(pid)) {
    for (const task of entries(`/proc/${each}/task`)) {
      total += Number(read(`/proc/${each}/task/${task}/schedstat`).split(' ')[0] ?? 0);
    }
  }
  return total;
}

/** Resident KiB of a process and all below it. */
export function residentSize(pid: number): number {
  return tree(pid).reduce(
    (sum, each) => sum + Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${each}/status`))?.[1] ?? 0),
    0,
  );
}

function tree(pid: number): number[] {
  const children = entries(`/proc/${pid}/task`).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(tree)];
}

/** A process may end while it is read: then it counts for nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * Waits until Farside says that it is ready. That a port takes connections says less: before its workers open a port,
 * the control process listens on it for a moment, to see whether anybody else has it.
 */
export async function waitForReady(adminPort: number, seconds = 20): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null);
    if (answer?.ok === true) return;
  }
  throw new Error(`Farside is not ready after ${seconds} s`);
}

export async function waitForPort(port: number, seconds = 20): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(100)) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
  }
  throw new Error(`nothing listens on port ${port} after ${seconds} s`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
