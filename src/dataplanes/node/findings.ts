import type { Backend } from '../../model/backend.ts';
import type { Finding } from '../../model/finding.ts';
import type { HealthCheck } from '../../model/health.ts';
import type { Listener } from '../../model/listener.ts';
import { nowhere } from '../../model/origin.ts';
import type { Verdict } from './health/verdict.ts';
import type { EjectedEndpoint } from './proxy/pool/backends.ts';
import { joinHostPort } from './proxy/routing/host.ts';

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

/** One endpoint of several to which no connection comes about. */
export function endpointEjected({ service, origin }: Backend, { address, port, cause }: EjectedEndpoint): Finding {
  const secured = cause.stage === 'tls' || cause.stage === 'verify';
  return {
    severity: 'warning',
    reason: 'EndpointEjected',
    message: `no connection to endpoint ${joinHostPort(address, port)} of ${service} comes about: ${cause.message}`,
    effect: 'it gets no requests as long as another endpoint is left; it is tried again by and by',
    remedy: secured
      ? 'make this endpoint present what the others do; the certificate that it serves is its own'
      : 'see whether its pod runs and listens',
    origin: cause.origin ?? origin,
  };
}

/** One endpoint that its health checks call unhealthy. */
export function endpointUnhealthy(
  { service }: Backend,
  { panicThreshold, origin }: HealthCheck,
  { address, port, cause }: Verdict,
): Finding {
  const unless = panicThreshold > 0 ? `, unless fewer than ${panicThreshold} % are healthy` : '';
  return {
    severity: 'warning',
    reason: 'EndpointUnhealthy',
    message: `health checks of endpoint ${joinHostPort(address, port)} of ${service} fail: ${cause}`,
    effect: `it gets no requests${unless}`,
    remedy: 'see why it fails its checks; it gets requests again once it passes them',
    origin,
  };
}
