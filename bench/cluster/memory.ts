import { readFileSync } from 'node:fs';
import { treeOf } from '../../conformance/outages/processes.ts';

/** Memory of a process tree, MiB. */
export interface Memory {
  readonly processes: number;
  /** Resident sets added up: what is shared counts once for each process. */
  readonly resident: number;
  /** Proportional sets added up: what is shared is divided among all who share it, other pods of this machine too. */
  readonly proportional: number;
  /** What belongs to one process alone: heaps and stacks. */
  readonly anonymous: number;
  /** As a cgroup counts a pod that is alone on its node: all that is anonymous, and the pages of files once. */
  readonly charged: number;
}

export function memoryOf(pid: number): Memory {
  const tree = treeOf(pid).map(rollup);
  const sum = (field: keyof Rollup): number => tree.reduce((total, each) => total + each[field], 0);
  const files = Math.max(0, ...tree.map(({ Rss, Anonymous }) => Rss - Anonymous));
  return {
    processes: tree.length,
    resident: sum('Rss'),
    proportional: sum('Pss'),
    anonymous: sum('Anonymous'),
    charged: sum('Anonymous') + files,
  };
}

interface Rollup {
  readonly Rss: number;
  readonly Pss: number;
  readonly Anonymous: number;
}

/** /proc/PID/smaps_rollup, see proc_pid_smaps(5). */
function rollup(pid: number): Rollup {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / 1_024;
  return { Rss: field('Rss'), Pss: field('Pss'), Anonymous: field('Anonymous') };
}
