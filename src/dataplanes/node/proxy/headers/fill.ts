import type { RequestValue, ValuePart } from '../../../../model/request-value.ts';
import { type Field, makeField } from '../../http/field.ts';
import type { RequestHead } from '../../http/message.ts';
import type { ClientConnectionInfo } from '../../http/stream.ts';
import { joinHostPort } from '../routing/host.ts';
import { toByteString } from '../routing/query.ts';
import type { HeaderEdit } from './edit.ts';

/** What values are filled in from. */
export interface FilledFrom {
  readonly head: RequestHead;
  readonly client: ClientConnectionInfo;
}

/** A field whose value depends on the request. */
export interface FilledField {
  readonly name: string;
  readonly parts: readonly ValuePart[];
}

/** The edits as they are for one request; the same array where none depends on it, which is the usual case. */
export function fillEdits(edits: readonly HeaderEdit[], from: FilledFrom): readonly HeaderEdit[] {
  for (const edit of edits) if (edit.fill !== undefined) return edits.map((each) => fillEdit(each, from));
  return edits;
}

function fillEdit({ fill, ...edit }: HeaderEdit, from: FilledFrom): HeaderEdit {
  if (fill === undefined) return edit;
  const fields = fill.flatMap(({ name, parts }): readonly Field[] => {
    const value = parts.map((part) => (typeof part === 'string' ? toByteString(part) : filledIn(part, from))).join('');
    // A field of which nothing is left is not sent, nor one whose value a field cannot have.
    const field = value === '' ? null : makeField(name, value);
    return field === null ? [] : [field];
  });
  return { ...edit, append: [...edit.append, ...fields] };
}

/** Each character is one byte. */
function filledIn(value: RequestValue, { head, client }: FilledFrom): string {
  switch (value.type) {
    case 'header': {
      const found = value.names.map((name) => headerOf(name, head, client)).find((each) => each !== '') ?? '';
      return value.maxLength === null ? found : found.slice(0, value.maxLength);
    }
    case 'client-address':
      return client.remoteAddress;
    case 'client-address-and-port':
      return joinHostPort(client.remoteAddress, client.remotePort);
    case 'tls-version':
      return client.tls?.version ?? '';
    case 'tls-cipher':
      return client.tls?.cipher ?? '';
  }
}

function headerOf(name: string, head: RequestHead, client: ClientConnectionInfo): string {
  switch (name) {
    case ':authority':
    case 'host':
      return head.authority;
    case ':path':
      return head.target;
    case ':method':
      return head.method;
    case ':scheme':
      return client.tls === null ? 'http' : 'https';
    default:
      return head.fields.find((field) => field.name === name)?.value ?? '';
  }
}
