import type { Finding } from '../../model/finding.ts';
import { describeObject, type ObjectReference } from '../../model/origin.ts';
import type { TrustBundle } from '../../model/tls.ts';
import { quote } from '../quote.ts';
import { readTrustBundle, type TrustBundleText } from './bundle.ts';
import { originOfEntry } from './entry.ts';
import type { PemFault } from './fault.ts';
import { readTrustText, type TrustObject } from './trust-text.ts';
import { describeValidity, type Validity, validityAt } from './validity.ts';

/** What one object offers to trust. */
export interface StoredTrust {
  /** Null when it holds no certificate that can be trusted. */
  readonly bundle: TrustBundle | null;
  readonly pem: string;
  /** Why certificates that were meant to be trusted are not; whole sentences without their end. */
  readonly faults: readonly PemFault[];
  readonly warnings: readonly Finding[];
}

/** Reads each object that is trusted once, however many refer to it. */
export class TrustStore {
  readonly #now: string;
  readonly #stored = new Map<TrustObject, StoredTrust>();

  /** `now` is RFC 3339; what is expired then yields warnings. */
  constructor(now: string) {
    this.#now = now;
  }

  /** `asker` is named in the warnings, as one of those that trust the object. */
  read(resource: TrustObject, asker: ObjectReference): StoredTrust {
    const known = this.#stored.get(resource);
    if (known !== undefined) return known;
    const stored = this.#read(resource, asker);
    this.#stored.set(resource, stored);
    return stored;
  }

  get warnings(): readonly Finding[] {
    return [...this.#stored.values()].flatMap(({ warnings }) => warnings);
  }

  #read(resource: TrustObject, asker: ObjectReference): StoredTrust {
    const id = describeObject(resource.reference);
    const entry = readTrustText(resource);
    if (entry.type === 'missing') {
      const { message, remedy } = entry.fault;
      return {
        bundle: null,
        pem: '',
        faults: [{ message: `${id} ${message}`, remedy }],
        warnings: [],
      };
    }
    const text = readTrustBundle(entry.text);
    const origin = originOfEntry(resource, entry.field);
    const warn = (reason: string, { message, remedy }: PemFault): Finding => ({
      severity: 'warning',
      reason,
      message: `${entry.name} ${message}`,
      remedy,
      origin,
      parent: asker,
    });
    const authorities = text.authorities.map(({ subject, fingerprint, notBefore, notAfter }) => ({
      subject,
      fingerprint,
      notBefore,
      notAfter,
    }));
    return {
      bundle: authorities.length === 0 ? null : { id, authorities, origin },
      pem: text.pem,
      faults: text.faults.map(({ message, remedy }) => ({ message: `${entry.name} ${message}`, remedy })),
      warnings: [
        ...text.warnings.map((fault) => warn('SuspectTrustBundle', fault)),
        ...this.#expiries(text).map(({ reason, fault }) => warn(reason, fault)),
      ],
    };
  }

  /** One warning for each way of being out of date, so that a bundle of a hundred roots does not yield a hundred. */
  #expiries({ authorities }: TrustBundleText): readonly { readonly reason: string; readonly fault: PemFault }[] {
    const judged = authorities.map(({ subject, notBefore, notAfter }) => ({
      subject,
      validity: validityAt(this.#now, notBefore, notAfter),
    }));
    return expiryKinds.flatMap(({ type, reason, effect, remedy }) => {
      const affected = judged.filter(({ validity }) => validity.type === type);
      if (affected.length === 0) return [];
      const shown = affected
        .slice(0, 3)
        .map(({ subject, validity }) => `${quote(subject)} ${describeValidity(validity)}`);
      const more = affected.length > shown.length ? ` and ${affected.length - shown.length} more` : '';
      const of = authorities.length === 1 ? '' : ` ${affected.length} of its ${authorities.length} CAs`;
      const fault = { message: `${effect}${of}: ${shown.join(', ')}${more}`, remedy };
      return [{ reason, fault }];
    });
  }
}

const expiryKinds: readonly {
  readonly type: Validity['type'];
  readonly reason: string;
  readonly effect: string;
  readonly remedy: string;
}[] = [
  {
    type: 'expired',
    reason: 'CACertificateExpired',
    effect: 'can no longer vouch for a backend by',
    remedy: 'put the successor of the CA beside it, and take it out once no backend needs it',
  },
  {
    type: 'not-yet',
    reason: 'CACertificateNotYetValid',
    effect: 'cannot yet vouch for a backend by',
    remedy: 'keep the CA before it until then',
  },
  {
    type: 'soon',
    reason: 'CACertificateExpiresSoon',
    effect: 'will soon stop vouching for backends by',
    remedy: 'put the successor of the CA beside it now, then reissue the certificates of the backends',
  },
];
