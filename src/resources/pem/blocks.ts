/** One encapsulated structure of a PEM text (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`. */
  readonly label: string;
  /** Null when the lines between the boundaries are not base64. */
  readonly der: Buffer | null;
  /** Whether there are headers before the base64 (RFC 1421), which RFC 7468 does not have. */
  readonly hasHeaders: boolean;
  /** Whether the block says that it is encrypted (RFC 1421 `Proc-Type: 4,ENCRYPTED`), as old OpenSSL keys do. */
  readonly encrypted: boolean;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** The first boundary line without its counterpart, so that a block was lost; what follows it is still read. */
  readonly unpaired: { readonly label: string; readonly missing: 'BEGIN' | 'END' } | null;
}

/*
 * Narrower than RFC 7468 section 3, wide enough for every label in use: labels are repeated in messages, and a key whose line
 * breaks were lost must not pass for one.
 */
const begin = /^-----BEGIN ([A-Z0-9]{1,16}(?: [A-Z0-9]{1,16}){0,3})-----$/;
const end = /^-----END ([A-Z0-9]{1,16}(?: [A-Z0-9]{1,16}){0,3})-----$/;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Splits a PEM text into its blocks. Text around the blocks is skipped, as RFC 7468 section 2 allows and as CA bundles
 * with comments need. Line by line, so that the cost is linear for any input.
 */
export function readPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  let unpaired: PemText['unpaired'] = null;
  let label: string | null = null;
  let lines: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const boundary = line.startsWith('-----') ? line : '';
    const opens = begin.exec(boundary)?.[1];
    const closes = end.exec(boundary)?.[1];
    if (opens !== undefined) {
      if (label !== null) unpaired ??= { label, missing: 'END' };
      label = opens;
      lines = [];
    } else if (closes !== undefined) {
      if (label === null) unpaired ??= { label: closes, missing: 'BEGIN' };
      else if (closes === label) blocks.push(readBlock(label, lines));
      else unpaired ??= { label, missing: 'END' };
      label = null;
    } else if (label !== null) {
      lines.push(line);
    }
  }
  if (label !== null) unpaired ??= { label, missing: 'END' };
  return { blocks, unpaired };
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  // RFC 1421 headers end with an empty line; RFC 7468 has none.
  const headers = lines.indexOf('');
  const hasHeaders = headers > 0 && lines[0]?.includes(':') === true;
  const body = (hasHeaders ? lines.slice(headers + 1) : lines).join('');
  const encrypted = hasHeaders && lines.slice(0, headers).some((line) => /^Proc-Type:.*ENCRYPTED/.test(line));
  const sound = body.length % 4 === 0 && base64.test(body);
  return { label, der: sound ? Buffer.from(body, 'base64') : null, hasHeaders, encrypted };
}
