import type { Finding } from '../../model/finding.ts';
import type { Listener } from '../../model/listener.ts';
import { nowhere } from '../../model/origin.ts';

/** A listening socket that could not be opened. One finding for each section that wanted it. */
export function listenFailed(listener: Listener, code: string): Finding[] {
  const { address, port } = listener;
  const effect = `nothing is served on ${address}:${port}`;
  const told = describeListenFailure(address, port, code);
  return listener.sections.map(({ origin }) => ({ severity: 'error', effect, ...told, origin }));
}

function describeListenFailure(
  address: string,
  port: number,
  code: string,
): Pick<Finding, 'reason' | 'message' | 'remedy'> {
  const offset = 'run with --port-offset N, which opens N + the declared port';
  switch (code) {
    case 'EADDRINUSE':
      return {
        reason: 'PortUnavailable',
        message: `port ${port} of ${address} is in use by another process`,
        remedy: `stop the other process (another farside?), or ${offset}`,
      };
    case 'EACCES':
      return {
        reason: 'PortUnavailable',
        message: `this user may not open port ${port}`,
        remedy: `${offset}, or give Node the capability CAP_NET_BIND_SERVICE`,
      };
    case 'EADDRNOTAVAIL':
      return {
        reason: 'AddressUnavailable',
        message: `this machine has no address ${address}`,
        remedy: 'choose one that it has with --address',
      };
    default:
      return {
        reason: 'PortUnavailable',
        message: `port ${port} of ${address} could not be opened: ${code}`,
        remedy: `free it, or ${offset}`,
      };
  }
}

export function workersSilent(silent: number, milliseconds: number): Finding {
  return {
    severity: 'error',
    reason: 'WorkersUnavailable',
    message: `${silent} worker ${silent === 1 ? 'process' : 'processes'} did not take up the configuration within ${milliseconds / 1_000} s`,
    effect: 'listeners are not told to be ready',
    remedy: 'see the lines of the log about workers that died; the configuration is tried again by itself',
    origin: nowhere,
  };
}

export function portsNotShared(asked: number): Finding {
  return {
    severity: 'info',
    reason: 'SingleWorker',
    message: `this platform cannot share a port among processes: one worker serves instead of ${asked}`,
    remedy: 'run on Linux to use more cores, or pass --workers 1 to agree',
    origin: nowhere,
  };
}
