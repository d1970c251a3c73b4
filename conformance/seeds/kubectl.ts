import { execFileSync, spawnSync } from 'node:child_process';

/** An object as people write it: fields by their names. */
export type Manifest = Readonly<Record<string, unknown>>;

export function apply(...objects: readonly Manifest[]): void {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  execFileSync('kubectl', ['apply', '--server-side', '-f', '-'], { input: list, stdio: ['pipe', 'ignore', 'inherit'] });
}

/** What the API server says of an object that it must not take; null where it takes it. */
export function refusal(object: Manifest): string | null {
  const args = ['create', '--dry-run=server', '-f', '-'];
  const { status, stderr } = spawnSync('kubectl', args, { input: JSON.stringify(object), encoding: 'utf8' });
  return status === 0 ? null : stderr;
}

export function remove(...names: readonly string[]): void {
  execFileSync('kubectl', ['delete', '--ignore-not-found', '--wait=false', ...names], { stdio: 'ignore' });
}

export function get(namespace: string, name: string): Manifest {
  return JSON.parse(
    execFileSync('kubectl', ['get', '-n', namespace, name, '-o', 'json'], { encoding: 'utf8' }),
  ) as Manifest;
}

/** Tries until the probe gives what is expected, or the time (30 s, as the suite allows) is over; gives the last. */
export async function eventually<Value>(probe: () => Value | Promise<Value>, isExpected: (value: Value) => boolean) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const value = await probe();
    if (isExpected(value) || performance.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** `Accepted=True/Accepted` and so on, from anywhere in the status, in the order of the types. */
export function conditionsOf(entry: unknown): readonly string[] {
  const conditions = (entry as { readonly conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).sort();
}
