import { OBJECT_IDENTIFIER, OCTET_STRING, readElements, SEQUENCE } from './der.ts';

/** The identities of a certificate's subjectAltName extension (RFC 5280 section 4.2.1.6) that can be compared. */
export interface PresentedNames {
  /** As in the certificate, one character a byte. */
  readonly dns: readonly string[];
  readonly uris: readonly string[];
  /** Lower-case hexadecimal of 4 or 16 octets. */
  readonly addresses: readonly string[];
}

export const noNames: PresentedNames = { dns: [], uris: [], addresses: [] };

/** 2.5.29.17 */
const subjectAltName = Buffer.from([0x55, 0x1d, 0x11]);

const extensionsTag = 0xa3;
const dnsTag = 0x82;
const uriTag = 0x86;
const addressTag = 0x87;

/**
 * Reads a DER certificate's names. The common name is not one of them (RFC 9525 section 2). A certificate that cannot be
 * read, or whose extension cannot, has no names, so nothing accepts it.
 */
export function presentedNames(certificate: Buffer): PresentedNames {
  const names = findSubjectAltName(certificate);
  const elements = names === null ? null : readElements(names);
  if (elements === null) return noNames;
  const dns: string[] = [];
  const uris: string[] = [];
  const addresses: string[] = [];
  for (const { tag, content } of elements) {
    if (tag === dnsTag) dns.push(content.toString('latin1'));
    else if (tag === uriTag) uris.push(content.toString('latin1'));
    else if (tag === addressTag) addresses.push(content.toString('hex'));
  }
  return { dns, uris, addresses };
}

/** The content of the GeneralNames sequence, or null. */
function findSubjectAltName(certificate: Buffer): Buffer | null {
  const toBeSigned = inside(inside(certificate, SEQUENCE), SEQUENCE);
  const extensions = inside(inside(toBeSigned, extensionsTag), SEQUENCE);
  for (const extension of (extensions && readElements(extensions)) ?? []) {
    const parts = extension.tag === SEQUENCE ? readElements(extension.content) : null;
    const id = parts?.[0];
    const value = parts?.at(-1);
    if (id?.tag !== OBJECT_IDENTIFIER || !id.content.equals(subjectAltName)) continue;
    return value?.tag === OCTET_STRING ? inside(value.content, SEQUENCE) : null;
  }
  return null;
}

/** The content of the first element with that tag. */
function inside(bytes: Buffer | null, tag: number): Buffer | null {
  if (bytes === null) return null;
  return readElements(bytes)?.find((element) => element.tag === tag)?.content ?? null;
}
