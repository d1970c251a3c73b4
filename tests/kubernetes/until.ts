import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves once it is so; rejects after ten seconds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`never became true: ${isSo}`);
    await sleep(2);
  }
}
