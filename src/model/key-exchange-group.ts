/** One key exchange group (RFC 8446 section 4.2.7) that may be asked for. */
export interface KeyExchangeGroup {
  /** OpenSSL's name, the one that the model and data planes use. */
  readonly name: string;
  /** Other names that people know it by. */
  readonly aliases: readonly string[];
}

/** Groups in order of preference. The first three are hybrids that stay secret from a later quantum computer. */
export const keyExchangeGroups: readonly KeyExchangeGroup[] = [
  { name: 'X25519MLKEM768', aliases: [] },
  { name: 'SecP256r1MLKEM768', aliases: [] },
  { name: 'SecP384r1MLKEM1024', aliases: [] },
  { name: 'X25519', aliases: [] },
  { name: 'P-256', aliases: ['secp256r1', 'prime256v1'] },
  { name: 'P-384', aliases: ['secp384r1'] },
  { name: 'P-521', aliases: ['secp521r1'] },
];

const byName: ReadonlyMap<string, KeyExchangeGroup> = new Map(
  keyExchangeGroups.flatMap((group) =>
    [group.name, ...group.aliases].map((name): [string, KeyExchangeGroup] => [name.toLowerCase(), group]),
  ),
);

/** The group with this name, in any letter case. */
export function findKeyExchangeGroup(name: string): KeyExchangeGroup | undefined {
  return byName.get(name.toLowerCase());
}
