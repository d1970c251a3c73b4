import { availableParallelism } from 'node:os';

/** Bytes that a worker should find for itself: its own 75 MiB, and as much again for connections and routes. */
const memoryOfWorker = 160 * 1024 * 1024;

/**
 * How many worker processes fit: one a core, as far as the memory goes that the process may use. A container without a limit
 * of the processor sees every core of its node, and would be killed for the memory of as many workers.
 *
 * @param memory bytes; 0 where there is no limit
 */
export function fittingWorkers(cores = availableParallelism(), memory = process.constrainedMemory()): number {
  if (memory === 0) return cores;
  return Math.max(1, Math.min(cores, Math.floor(memory / memoryOfWorker)));
}
