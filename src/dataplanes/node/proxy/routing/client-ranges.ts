import { BlockList, isIPv6 } from 'node:net';
import type { ClientFilter } from '../../../../model/client-filter.ts';

/** A filter of clients, compiled. */
export class ClientRanges {
  // One for each family: a list takes IPv4 addresses for IPv6 ones within `::/0`.
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();
  readonly #admitsListed: boolean;

  constructor({ type, ranges }: ClientFilter) {
    this.#admitsListed = type === 'allow';
    for (const range of ranges) {
      const [address = '', prefix = ''] = range.split('/');
      if (isIPv6(address)) this.#ipv6.addSubnet(address, Number(prefix), 'ipv6');
      else this.#ipv4.addSubnet(address, Number(prefix), 'ipv4');
    }
  }

  /** @param address as `ClientConnectionInfo.remoteAddress` has it; one that is none is not listed */
  admits(address: string): boolean {
    const listed = isIPv6(address) ? this.#ipv6.check(address, 'ipv6') : this.#ipv4.check(address, 'ipv4');
    return listed === this.#admitsListed;
  }
}
