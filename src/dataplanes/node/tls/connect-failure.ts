import type { Endpoint } from '../../../model/backend.ts';
import type { Origin } from '../../../model/origin.ts';
import type { ConnectFailure, ConnectFailureReason, ConnectStage } from '../proxy/connector.ts';

/** An error's code where it has one (`ECONNREFUSED`, `ERR_SSL_…`, OpenSSL's verification codes), else an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A failure that has nothing to compare. */
export function failure(
  stage: ConnectStage,
  reason: ConnectFailureReason,
  message: string,
  origin: Origin | null = null,
): ConnectFailure {
  return { stage, reason, wanted: '', presented: '', message, origin };
}

export function connectTimedOut(stage: ConnectStage, milliseconds: number): ConnectFailure {
  const within = `within ${milliseconds} ms`;
  const messages: Record<ConnectStage, string> = {
    resolve: `its name was not resolved ${within}`,
    connect: `did not accept a connection ${within}`,
    tls: `did not finish the TLS handshake ${within}`,
    verify: `did not finish the TLS handshake ${within}`,
  };
  return failure(stage, 'timeout', messages[stage]);
}

/** Why a name has no address. */
export function resolveFailed(endpoint: Endpoint, code: string): ConnectFailure {
  const name = JSON.stringify(endpoint.address);
  if (code === 'ENOTFOUND' || code === 'ENODATA')
    return failure('resolve', 'not-found', `${name} has no address in DNS`);
  return failure('resolve', 'unreachable', `${name} could not be resolved: ${code === '' ? 'no answer' : code}`);
}

/** An address that leads to the gateway's own machine, which backends in a cluster never are at. */
export function addressRefused(endpoint: Endpoint, address: string): ConnectFailure {
  const leads = endpoint.address === address ? 'is' : 'leads to';
  const what = endpoint.address === address ? 'an address' : `${address}, an address`;
  const message = `${JSON.stringify(endpoint.address)} ${leads} ${what} of the gateway's own machine, which is not connected to`;
  return failure('resolve', 'configuration', message);
}

/** Why there is no TCP connection. */
export function connectFailed(code: string): ConnectFailure {
  switch (code) {
    case 'ECONNREFUSED':
      return failure('connect', 'refused', 'nothing listens on its port (connection refused)');
    case 'ETIMEDOUT':
      return failure('connect', 'timeout', 'did not accept a connection (timed out)');
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return failure('connect', 'reset', 'reset the connection');
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'EADDRNOTAVAIL':
      return failure('connect', 'resources', `the gateway has no file descriptor, port or memory left (${code})`);
    default:
      return failure('connect', 'unreachable', `cannot be reached${code === '' ? '' : ` (${code})`}`);
  }
}
