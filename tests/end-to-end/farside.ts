import { type ChildProcess, spawn } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

const executable = fileURLToPath(new URL('../../bin/farside.js', import.meta.url));

/** What lets a test, or a whole file of tests, clean up: a TestContext, or `after` of node:test. */
export interface Lifetime {
  after(end: () => unknown): void;
}

/** A process that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as people start it: a process of its own. */
export class FarsideProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #waiting: (() => void)[] = [];
  #over = false;

  /** `through` is a command that starts the one that its arguments name. */
  constructor(args: readonly string[], through: readonly string[] = []) {
    const env = { ...process.env, NO_COLOR: '1' };
    const [command = process.execPath, ...rest] = [...through, process.execPath, executable, ...args];
    this.#child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#wake();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.#over = true;
        this.#wake();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Everything that was printed so far. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Lines of standard output so far, the last one only when it is whole. */
  get lines(): readonly string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  /** The first match in what is printed, now or later; the process must not end before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.#over) throw new Error(`ended without printing ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Runs one command to its end. */
export function farside(...args: readonly string[]): Promise<Ended> {
  return new FarsideProcess(args).ended;
}

export interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** `farside run` in a process of its own. */
export class RunningGateway {
  readonly process: FarsideProcess;
  readonly admin: number;

  constructor(process: FarsideProcess, admin: number) {
    this.process = process;
    this.admin = admin;
  }

  page(path: string, options: http.RequestOptions = {}): Promise<AdminAnswer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port: this.admin, path, agent: false, ...options },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              type: response.headers['content-type'] ?? '',
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      request.on('error', reject);
      request.end();
    });
  }

  async json(path: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse((await this.page(path)).body) as Readonly<Record<string, unknown>>;
  }

  async revision(): Promise<number> {
    return (await this.json('/readyz')).revision as number;
  }

  /** Does something and waits until its effect is in force. */
  async revisionAfter(edit: () => void): Promise<void> {
    const before = await this.revision();
    edit();
    await until(async () => (await this.revision()) > before);
  }
}

/** Starts `farside run` and waits until it is ready, or, where `ready` is false, until it has told its admin address. */
export async function serve(
  lifetime: Lifetime,
  args: readonly string[],
  { ready = true, through = [] }: { readonly ready?: boolean; readonly through?: readonly string[] } = {},
): Promise<RunningGateway> {
  const defaults = args.includes('--workers') ? [] : ['--workers', '1'];
  const admin = args.includes('--admin') ? [] : ['--admin', '127.0.0.1:0'];
  const child = new FarsideProcess(['run', ...args, ...defaults, ...admin], through);
  lifetime.after(() => {
    child.signal('SIGKILL');
    return child.ended;
  });
  const [, port] = await child.printed(/admin API on http:\/\/127\.0\.0\.1:(\d+)/);
  const gateway = new RunningGateway(child, Number(port));
  if (ready) await until(async () => (await gateway.page('/readyz')).status === 200);
  return gateway;
}

/** Asks again and again until the answer is yes; the test's own timeout bounds it. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
