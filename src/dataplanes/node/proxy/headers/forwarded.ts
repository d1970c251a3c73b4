import { randomUUID } from 'node:crypto';
import { Field, FORWARDED } from '../../http/field.ts';
import type { ClientConnectionInfo } from '../../http/stream.ts';

const maxRemembered = 4_096;

const overHttp = new Field('x-forwarded-proto', 'http', FORWARDED);
const overHttps = new Field('x-forwarded-proto', 'https', FORWARDED);

/**
 * Writes what a backend may know about the hop before the gateway: X-Forwarded-For, -Proto and -Host, X-Request-Id. The
 * client's own values are not believed: X-Forwarded-For is appended to, so its last entry is the gateway's; the others
 * are replaced, and an X-Forwarded-Client-Cert is the gateway's or there is none.
 */
export class ForwardedFields {
  readonly #addresses = new Map<string, Field>();
  readonly #hosts = new Map<string, Field>();

  /** The request's fields with the gateway's own. */
  apply(
    fields: readonly Field[],
    client: ClientConnectionInfo,
    authority: string,
    requestId: string,
  ): readonly Field[] {
    const forwarded: Field[] = [];
    let earlier = '';
    for (const field of fields) {
      if (field.kind !== FORWARDED) forwarded.push(field);
      else if (field.name === 'x-forwarded-for') {
        earlier = earlier === '' ? field.value : `${earlier}, ${field.value}`;
      }
    }
    forwarded.push(
      earlier === ''
        ? remembered(this.#addresses, 'x-forwarded-for', client.remoteAddress)
        : new Field('x-forwarded-for', `${earlier}, ${client.remoteAddress}`, FORWARDED),
      client.tls === null ? overHttp : overHttps,
      new Field('x-request-id', requestId, FORWARDED),
    );
    const certificate = client.tls?.certificate;
    if (certificate !== undefined) forwarded.push(new Field('x-forwarded-client-cert', certificate, FORWARDED));
    if (authority !== '') forwarded.push(remembered(this.#hosts, 'x-forwarded-host', authority));
    return forwarded;
  }
}

/** Each id is 122 random bits: a client cannot write lines into the story of another request. */
export function newRequestId(): string {
  return randomUUID();
}

function remembered(known: Map<string, Field>, name: string, value: string): Field {
  let field = known.get(value);
  if (field === undefined) {
    if (known.size >= maxRemembered) known.clear();
    // A copy: the value is likely a slice that would keep a whole request's head alive.
    const copy = Buffer.from(value, 'latin1').toString('latin1');
    field = new Field(name, copy, FORWARDED);
    if (copy.length <= 256) known.set(copy, field);
  }
  return field;
}
