import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { AcceptedName } from '../../model/tls.ts';

/**
 * The DNS, URI and IP names of a subjectAltName as `X509Certificate.subjectAltName` prints it. Names of other types are
 * left out: no backend is identified by them.
 *
 * Node quotes a value as a JSON string when it holds a comma or a quote, so that a certificate cannot smuggle a second
 * name into the text (CVE-2021-44532); splitting at commas alone would undo that.
 */
export function readNames(subjectAltName: string | undefined): readonly AcceptedName[] {
  const names: AcceptedName[] = [];
  for (const { type, value } of entries(subjectAltName ?? '')) {
    if (type === 'DNS') names.push({ type: 'dns', value: value.toLowerCase() });
    else if (type === 'URI') names.push({ type: 'uri', value });
    else if (type === 'IP Address') names.push({ type: 'ip', value: canonicalIpAddress(value) ?? value });
  }
  return names;
}

interface Entry {
  readonly type: string;
  readonly value: string;
}

const entry = /([A-Za-z][A-Za-z0-9 ]*):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/y;

function* entries(text: string): Generator<Entry> {
  entry.lastIndex = 0;
  while (entry.lastIndex < text.length) {
    const match = entry.exec(text);
    if (match === null) return;
    const [, type = '', raw = ''] = match;
    yield { type, value: raw.startsWith('"') ? String(JSON.parse(raw)) : raw };
  }
}
