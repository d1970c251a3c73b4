import type { X509Certificate } from 'node:crypto';
import type { ConnectedOutcome, FailedOutcome, Observation, ObservedCertificate } from '../../../model/observation.ts';
import type { ConnectFailure, ConnectTarget } from '../proxy/connector.ts';
import type { Established } from './backend-attempt.ts';
import { shortName } from './peer-certificate.ts';

/** Endpoints beyond this many are not remembered; the one that was looked at longest ago is forgotten. */
const maxEndpoints = 4_096;

interface Seen {
  readonly backend: string;
  readonly endpoint: string;
  readonly time: number;
  /** Without the certificate, which is read only when somebody asks. */
  readonly outcome: ConnectedOutcome | FailedOutcome;
  /** Kept over resumed handshakes, which show none. */
  readonly certificate: X509Certificate | null;
}

/** What was last seen of each endpoint of each backend, so that its state can be told without asking it again. */
export class Observations {
  readonly #seen = new Map<string, Seen>();

  /** @param shown the certificate of a full handshake */
  connected(target: ConnectTarget, { address, protocol, tls }: Established, shown: X509Certificate | undefined): void {
    const certificate = shown ?? this.#seen.get(keyOf(target))?.certificate ?? null;
    const facts =
      tls === null ? null : { version: tls.version, cipher: tls.cipher, serverName: tls.serverName, certificate: null };
    this.#remember(target, address, { type: 'connected', protocol, tls: facts }, certificate);
  }

  failed(target: ConnectTarget, failure: ConnectFailure): void {
    const { address, port } = target.endpoint;
    const endpoint = `${address.includes(':') ? `[${address}]` : address}:${port}`;
    this.#remember(target, endpoint, { type: 'failed', ...failure }, null);
  }

  /** Forgets backends that are no more. */
  retain(backends: Readonly<Record<string, unknown>>): void {
    for (const [key, { backend }] of this.#seen) if (!Object.hasOwn(backends, backend)) this.#seen.delete(key);
  }

  list(): readonly Observation[] {
    return [...this.#seen.values()].map(observationOf);
  }

  #remember(
    target: ConnectTarget,
    endpoint: string,
    outcome: Seen['outcome'],
    certificate: X509Certificate | null,
  ): void {
    const key = keyOf(target);
    this.#seen.delete(key);
    if (this.#seen.size >= maxEndpoints) this.#seen.delete(this.#seen.keys().next().value ?? '');
    this.#seen.set(key, { backend: target.backend.id, endpoint, time: Date.now(), outcome, certificate });
  }
}

const keyOf = ({ backend, endpoint, host }: ConnectTarget): string =>
  `${backend.id} ${endpoint.address} ${endpoint.port} ${host}`;

function observationOf({ backend, endpoint, time, outcome, certificate }: Seen): Observation {
  if (outcome.type === 'failed' || outcome.tls === null || certificate === null) {
    return { backend, endpoint, time, outcome };
  }
  return {
    backend,
    endpoint,
    time,
    outcome: { ...outcome, tls: { ...outcome.tls, certificate: describe(certificate) } },
  };
}

function describe(certificate: X509Certificate): ObservedCertificate {
  return {
    subject: shortName(certificate.subject),
    issuer: shortName(certificate.issuer),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
  };
}
