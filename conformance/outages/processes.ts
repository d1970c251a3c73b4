import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

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

/** A process and all below it. */
export function treeOf(pid: number): readonly number[] {
  const all = processes();
  const below = (parent: number): readonly number[] => [
    parent,
    ...all.filter((each) => each.parent === parent).flatMap((each) => below(each.pid)),
  ];
  return below(pid);
}

/**
 * Whether a process may have its sockets still. Not its state tells: the first thread is a zombie while others end, and
 * they share what is open. Its parent is told when the last one is gone, and takes it away.
 */
export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** The control processes of data-plane pods, whose containers' processes can be seen from here. */
export function dataPlaneProcesses(): readonly RunningProcess[] {
  return processes().filter(
    ({ command }) => command.includes('data-plane') && command.some((part) => part.startsWith('--controller=')),
  );
}

/** The workers of a data plane's control process. */
export function workersOf(pid: number): readonly number[] {
  return treeOf(pid).filter((each) => each !== pid);
}

/** The name of the pod that a process is in. */
export function podOf(pid: number): string {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return entries.find((entry) => entry.startsWith('POD_NAME='))?.slice('POD_NAME='.length) ?? '';
}

/**
 * The ports, at the other end, of the TCP connections that end with a process: those that it has open, and those that
 * wait to be accepted by somebody. See proc_net(5); `01` is ESTABLISHED.
 */
export function peerPortsOf(pid: number): ReadonlySet<number> {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed meanwhile.
        return [];
      }
    }),
  );
  const ports = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
      const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const isOpen = state === '01' && own.has(inode);
      const isWaiting = inode === '0' && state !== '06';
      if (isOpen || isWaiting) ports.add(Number.parseInt(remote.split(':')[1] ?? '', 16));
    }
  }
  return ports;
}
