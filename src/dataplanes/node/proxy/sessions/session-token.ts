import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SessionScope } from '../../../../model/session.ts';
import { joinHostPort } from '../routing/host.ts';

/*
 * A token is text of one length for each kind of rule, of the alphabet of base64url:
 *
 *     destination  8 characters   digest of the backend and of its place among equal ones
 *     endpoint    16 characters   digest of the backend, of that place, and of the endpoint's address and port
 *     begun        8 characters   milliseconds since 1970, of a rule whose sessions end after a while
 *     seal        22 characters   digest of all that stands before it, of the same rule
 *
 * Digests are HMAC-SHA-256, cut short, under a key of the rule. A token is looked up among what the rule leads to and never
 * read as an address, so that one which somebody made up leads nowhere. It names what may be reached anyway, and so needs a
 * seal only for its age.
 */

const destinationLength = 8;
const endpointLength = 16;
const timeLength = 8;
const sealLength = 22;
const plainLength = destinationLength + endpointLength;
const sealedLength = plainLength + timeLength + sealLength;

/** Milliseconds by which the clocks of two machines may differ. */
const skew = 60_000;

const tokenText = /^[A-Za-z0-9_-]{24,54}$/;

/** What a token says. */
export interface ReadToken {
  readonly destination: string;
  readonly endpoint: string;
}

/** Makes and reads the tokens of one rule. */
export class SessionTokens {
  readonly #key: Buffer;
  readonly #timeout: number | null;
  readonly #now: () => number;

  /**
   * @param secret takes the place of the uid of an object that has none
   * @param timeout milliseconds after which a session ends, or null
   * @param now milliseconds since 1970
   */
  constructor(scope: SessionScope, secret: string, timeout: number | null, now: () => number) {
    this.#key = createHmac('sha256', scope.uid ?? secret)
      .update(`farside session ${scope.name}`)
      .digest();
    this.#timeout = timeout;
    this.#now = now;
  }

  /** @param place among destinations of the same backend, from 0 */
  destination(service: string, place: number): string {
    return this.#digest(`destination ${service} ${place}`, destinationLength);
  }

  endpoint(destination: string, address: string, port: number): string {
    return this.#digest(`endpoint ${destination} ${joinHostPort(address, port)}`, endpointLength);
  }

  /** The token of a session that begins now. */
  make({ destination, endpoint }: ReadToken): string {
    const plain = destination + endpoint;
    if (this.#timeout === null) return plain;
    const time = Buffer.alloc(6);
    time.writeUIntBE(this.#now(), 0, 6);
    const begun = plain + time.toString('base64url');
    return begun + this.#seal(begun);
  }

  /**
   * Null where it is none of a session that goes on. The destination and the endpoint are still to be looked up. Of a rule
   * whose sessions do not end, tokens from before it was so go on.
   */
  read(text: string): ReadToken | null {
    if (!isToken(text) || (this.#timeout !== null && !this.#isYoung(text, this.#timeout))) return null;
    return { destination: text.slice(0, destinationLength), endpoint: text.slice(destinationLength, plainLength) };
  }

  #isYoung(text: string, timeout: number): boolean {
    if (text.length !== sealedLength) return false;
    const begun = text.slice(0, -sealLength);
    if (!timingSafeEqual(Buffer.from(this.#seal(begun)), Buffer.from(text.slice(-sealLength)))) return false;
    const age = this.#now() - Buffer.from(begun.slice(plainLength), 'base64url').readUIntBE(0, 6);
    return age < timeout && age > -skew;
  }

  #seal(begun: string): string {
    return this.#digest(`seal ${begun}`, sealLength);
  }

  #digest(text: string, length: number): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, length);
  }
}

/** Whether text could be a token, of this rule or of another one. */
export function isToken(text: string): boolean {
  return tokenText.test(text) && (text.length === plainLength || text.length === sealedLength);
}

/** The part of a token by which a rule knows its own. */
export function destinationOf(token: string): string {
  return token.slice(0, destinationLength);
}
