import type { RequestValue, ValuePart } from '../../../model/request-value.ts';

/** What a header is set to. */
export type ReadValue =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'parts'; readonly parts: readonly ValuePart[] }
  /** It names something that the peer fills in and that nothing here does. */
  | { readonly type: 'unsupported'; readonly variable: string };

/** Values that a policy may name between percent signs, known when it is read. */
export type KnownValues = Readonly<Record<string, string>>;

const ofRequest: Readonly<Record<string, RequestValue>> = {
  DOWNSTREAM_REMOTE_ADDRESS: { type: 'client-address-and-port' },
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: { type: 'client-address' },
  DOWNSTREAM_TLS_VERSION: { type: 'tls-version' },
  DOWNSTREAM_TLS_CIPHER: { type: 'tls-cipher' },
};

/** What else the peer fills in (Envoy's access log formats, as far as Contour lets them through). */
const unsupported: ReadonlySet<string> = new Set([
  'DOWNSTREAM_LOCAL_ADDRESS',
  'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_LOCAL_PORT',
  'DOWNSTREAM_LOCAL_URI_SAN',
  'DOWNSTREAM_PEER_URI_SAN',
  'DOWNSTREAM_LOCAL_SUBJECT',
  'DOWNSTREAM_PEER_SUBJECT',
  'DOWNSTREAM_PEER_ISSUER',
  'DOWNSTREAM_TLS_SESSION_ID',
  'DOWNSTREAM_PEER_FINGERPRINT_256',
  'DOWNSTREAM_PEER_FINGERPRINT_1',
  'DOWNSTREAM_PEER_SERIAL',
  'DOWNSTREAM_PEER_CERT',
  'DOWNSTREAM_PEER_CERT_V_START',
  'DOWNSTREAM_PEER_CERT_V_END',
  'HOSTNAME',
  'PROTOCOL',
  'UPSTREAM_REMOTE_ADDRESS',
  'RESPONSE_FLAGS',
  'RESPONSE_CODE_DETAILS',
  'TLS_JA3_FINGERPRINT',
  'TLS_JA4_FINGERPRINT',
]);

const variable = /%(?:([A-Z][A-Z0-9_]*)|REQ\((:?[\w-]+)(?:\?(:?[\w-]+))?\)(?::(\d+))?)%/g;

/** Reads a value. Percent signs that name nothing stand for themselves. */
export function readHeaderValue(value: string, known: KnownValues): ReadValue {
  const parts: ValuePart[] = [];
  let text = '';
  let end = 0;
  const add = (part: RequestValue): void => {
    if (text !== '') parts.push(text);
    text = '';
    parts.push(part);
  };
  for (const match of value.matchAll(variable)) {
    const [whole, name, field, alternative, length] = match;
    text += value.slice(end, match.index);
    end = match.index + whole.length;
    if (field !== undefined) {
      const names = [field, ...(alternative === undefined ? [] : [alternative])].map((each) => each.toLowerCase());
      add({ type: 'header', names, maxLength: length === undefined ? null : Number(length) });
    } else if (name !== undefined && Object.hasOwn(known, name)) text += known[name];
    else if (name !== undefined && Object.hasOwn(ofRequest, name)) add(ofRequest[name] as RequestValue);
    else if (name !== undefined && unsupported.has(name)) return { type: 'unsupported', variable: name };
    else text += whole;
  }
  text += value.slice(end);
  if (parts.length === 0) return { type: 'text', text };
  return { type: 'parts', parts: text === '' ? parts : [...parts, text] };
}

/** The field of the request that a Host is taken from, in lower case; null for a Host that is stated. */
export function hostField(value: string): string | null {
  return /%REQ\(([A-Za-z0-9-]+)\)%/.exec(value)?.[1]?.toLowerCase() ?? null;
}
