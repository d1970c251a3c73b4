import { BlockList, isIP } from 'node:net';

/** A command was asked for something that it cannot be asked: exit code 2. */
export class UsageError extends Error {}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT`; throws `UsageError`. Port 0 lets the system choose. */
export function parseHostPort(input: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(input);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new UsageError(`"${input}" is not HOST:PORT, as 127.0.0.1:9990 or [::1]:9990`);
  }
  return { host, port };
}

/** An IP address, or a CIDR such as 127.1.0.0/24; throws `UsageError`. */
export function parseAddress(input: string): string {
  const [address = '', prefix, ...rest] = input.split('/');
  const family = isIP(address);
  const longest = family === 4 ? 32 : 128;
  const valid =
    family !== 0 &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest));
  if (!valid) throw new UsageError(`"${input}" is neither an address, as 127.0.0.1, nor a CIDR, as 127.1.0.0/24`);
  return input;
}

/** A whole number within bounds; throws `UsageError`. */
export function parseWholeNumber(least: number, most: number): (input: string) => number {
  return (input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input) || value < least || value > most) {
      throw new UsageError(`"${input}" is not a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
