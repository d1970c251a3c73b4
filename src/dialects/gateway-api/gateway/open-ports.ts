import { covers } from '../../../model/hostname.ts';
import type { OpenPort } from '../route/redirect.ts';
import { allListeners, type GatewayState } from './state.ts';

/**
 * Where clients find a declared port of the Gateways that share an address with one: at the offset, for hosts that one of
 * the listeners serves. A port of somebody else's host stays as it is declared.
 */
export function openPorts(gateway: GatewayState, gateways: readonly GatewayState[], portOffset: number): OpenPort {
  if (portOffset === 0) return (declared) => declared;
  const listeners = gateways
    .filter(({ addresses }) => addresses.some((address) => gateway.addresses.includes(address)))
    .flatMap(allListeners);
  return (declared, hostname) => {
    const ours = listeners.some(
      ({ stated, hostname: served }) => stated.port === declared && (hostname === null || covers(served, hostname)),
    );
    return ours ? declared + portOffset : declared;
  };
}
