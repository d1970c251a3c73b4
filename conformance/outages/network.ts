import { execFileSync, spawn } from 'node:child_process';
import { openSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { processes } from './processes.ts';

/**
 * Cuts off a port of the node, on which the controllers are, from the pods: `drop` says nothing, as a broken network
 * does; `reset` ends what is open. Undone by what is returned.
 */
export function cut(port: number, how: 'drop' | 'reset'): () => void {
  const verdict = how === 'drop' ? 'drop' : 'reject with tcp reset';
  nft(`table inet outage {
    chain input { type filter hook input priority -10; policy accept; tcp dport ${port} ${verdict}; }
    chain output { type filter hook output priority -10; policy accept; tcp sport ${port} ${verdict}; }
  }`);
  return () => nft('delete table inet outage');
}

function nft(rules: string): void {
  execFileSync('nft', ['-f', '-'], { input: rules, stdio: ['pipe', 'inherit', 'inherit'] });
}

/** Kills the API server of the test cluster. What is returned starts it again, as it was started. */
export function stopApiServer(): () => void {
  const found = processes().find(({ command }) => command[1] === 'kube-apiserver');
  if (found === undefined) throw new Error('no kube-apiserver runs here: this is for the test cluster');
  const program = readlinkSync(`/proc/${found.pid}/exe`);
  process.kill(found.pid, 'SIGKILL');
  return () => {
    const log = openSync(join(process.env.TESTCLUSTER_DIR ?? '/tmp', 'kube-apiserver-again.log'), 'a');
    // It outlives this process, as the cluster does.
    spawn(program, found.command.slice(1), { detached: true, stdio: ['ignore', log, log] }).unref();
  };
}
