import { type AddressPool, parseAddressPool } from '../infrastructure/address-pool.ts';

/** A command was asked for something that it cannot be asked: exit code 2. */
export class UsageError extends Error {}

/** The names of all dialects (src/control/parts.ts), for commands that load only what they run. */
export const dialectNames = ['gateway-api', 'contour'] as const;

/** The dialects that have a looser behaviour, that of their peers. */
export const compatibleDialects = ['contour'] as const;

/** Flags that are about a dialect. */
export interface DialectFlags {
  /** Path of Contour's configuration file. */
  readonly contourConfig?: string;
  readonly compat?: readonly (typeof compatibleDialects)[number][];
}

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
export function parseAddress(input: string): AddressPool {
  const pool = parseAddressPool(input);
  if (pool === null) {
    throw new UsageError(`"${input}" is neither an address, as 127.0.0.1, nor a CIDR, as 127.1.0.0/24`);
  }
  return pool;
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
