import { readdirSync, readFileSync } from 'node:fs';

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

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: readonly string[];
}

export function processes(): readonly RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, parent = '0'] = status.slice(status.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1);
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

function treeOf(pid: number): readonly number[] {
  const all = processes();
  const below = (parent: number): readonly number[] => [
    parent,
    ...all.filter((each) => each.parent === parent).flatMap((each) => below(each.pid)),
  ];
  return below(pid);
}
