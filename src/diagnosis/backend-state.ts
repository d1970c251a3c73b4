import type { Backend } from '../model/backend.ts';
import type { Model } from '../model/model.ts';
import type { Observation } from '../model/observation.ts';
import type { BackendTls } from '../model/tls.ts';

/** How a backend is protected, in one word. */
export type Protection = 'verified' | 'unverified' | 'plaintext' | 'refused';

/** One endpoint of one backend: what was asked for and what came of it. */
export interface BackendState {
  /** `Backend.id`. */
  readonly backend: string;
  readonly service: string;
  readonly protection: Protection;
  /** The server name that is sent, or how it is found. Empty where none is. */
  readonly serverName: string;
  /** `10.0.0.7:443`; empty where nothing was connected to yet. */
  readonly endpoint: string;
  /** `unknown` before the first connection. */
  readonly state: 'ok' | 'failing' | 'unhealthy' | 'refused' | 'unknown';
  /** What a person reads: `ok, TLS 1.3, expires in 89 d`. */
  readonly summary: string;
  readonly observation: Observation | null;
}

const day = 86_400_000;

/**
 * The state of every backend of a model, in the order of its ids, a row for each endpoint that was connected to.
 *
 * @param now milliseconds since 1970
 */
export function describeBackends(
  model: Model,
  observations: readonly Observation[],
  now: number,
): readonly BackendState[] {
  const seen = Map.groupBy(observations, ({ backend }) => backend);
  return Object.values(model.backends)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((backend) => {
      const own = seen.get(backend.id) ?? [];
      return backend.security.type === 'refused' || own.length === 0
        ? [unobserved(backend)]
        : own.map((observation) => observed(backend, observation, now));
    });
}

function unobserved(backend: Backend): BackendState {
  const { security } = backend;
  const refused = security.type === 'refused';
  return {
    ...facts(backend),
    endpoint: '',
    state: refused ? 'refused' : 'unknown',
    summary: refused ? `refused: ${security.message}` : 'not connected to yet',
    observation: null,
  };
}

function observed(backend: Backend, observation: Observation, now: number): BackendState {
  const { endpoint } = observation;
  return { ...facts(backend), endpoint, ...judge(observation, now), observation };
}

function judge({ outcome, passedOver }: Observation, now: number): Pick<BackendState, 'state' | 'summary'> {
  if (outcome.type === 'failed') {
    const suffix = passedOver === undefined ? '' : ' (others get its requests)';
    return { state: 'failing', summary: `refused: ${outcome.message}${suffix}` };
  }
  if (passedOver?.because === 'unhealthy') {
    return { state: 'unhealthy', summary: `health checks fail: ${passedOver.cause}` };
  }
  return { state: 'ok', summary: summariseConnection(outcome, now) };
}

function facts(backend: Backend): Pick<BackendState, 'backend' | 'service' | 'protection' | 'serverName'> {
  const { id, service, security } = backend;
  if (security.type !== 'tls') return { backend: id, service, protection: security.type, serverName: '' };
  const protection = security.tls.verification.value.type === 'none' ? 'unverified' : 'verified';
  return { backend: id, service, protection, serverName: describeServerName(security.tls) };
}

function describeServerName({ serverName: { value } }: BackendTls): string {
  switch (value.type) {
    case 'fixed':
      return value.name;
    case 'host-header':
      return "the request's host";
    case 'endpoint':
      return "the endpoint's name";
    case 'none':
      return '';
  }
}

function summariseConnection(outcome: Extract<Observation['outcome'], { type: 'connected' }>, now: number): string {
  if (outcome.tls === null) return 'ok, plaintext';
  const { version, certificate } = outcome.tls;
  const parts = ['ok', version.replace('TLSv', 'TLS ')];
  if (certificate !== null) parts.push(describeExpiry(Date.parse(certificate.notAfter), now));
  return parts.join(', ');
}

function describeExpiry(notAfter: number, now: number): string {
  const days = Math.floor(Math.abs(notAfter - now) / day);
  return notAfter < now ? `expired ${days} d ago` : `expires in ${days} d`;
}
