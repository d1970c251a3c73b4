/** One encapsulated structure of a PEM text (RFC 7468). */
export interface PemBlock {
  /** `CERTIFICATE`, `EC PRIVATE KEY`. */
  readonly label: string;
  /** Null when the lines between the boundaries are not base64. */
  readonly der: Buffer | null;
  /** Whether the block says that it is encrypted (RFC 1421 `Proc-Type: 4,ENCRYPTED`), as old OpenSSL keys do. */
  readonly encrypted: boolean;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  /** Label of the first block that never ends, or ends with another label; what follows it is still read. */
  readonly unterminated: string | null;
}

const begin = /^-----BEGIN ([\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?)-----$/;
const end = /^-----END ([\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?)-----$/;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Splits a PEM text into its blocks. Text around the blocks is skipped, as RFC 7468 section 2 allows and as CA bundles
 * with comments need. Line by line, so that the cost is linear for any input.
 */
export function readPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  let unterminated: string | null = null;
  let label: string | null = null;
  let lines: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const boundary = line.startsWith('-----') ? line : '';
    const opens = begin.exec(boundary)?.[1];
    const closes = end.exec(boundary)?.[1];
    if (opens !== undefined) {
      if (label !== null) unterminated ??= label;
      label = opens;
      lines = [];
    } else if (closes !== undefined && label !== null) {
      if (closes === label) blocks.push(readBlock(label, lines));
      else unterminated ??= label;
      label = null;
    } else if (label !== null) {
      lines.push(line);
    }
  }
  if (label !== null) unterminated ??= label;
  return { blocks, unterminated };
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  // RFC 1421 headers end with an empty line; RFC 7468 has none.
  const headers = lines.indexOf('');
  const hasHeaders = headers > 0 && lines[0]?.includes(':') === true;
  const body = (hasHeaders ? lines.slice(headers + 1) : lines).join('');
  const encrypted = hasHeaders && lines.slice(0, headers).some((line) => /^Proc-Type:.*ENCRYPTED/.test(line));
  const sound = body.length % 4 === 0 && base64.test(body);
  return { label, der: sound ? Buffer.from(body, 'base64') : null, encrypted };
}
