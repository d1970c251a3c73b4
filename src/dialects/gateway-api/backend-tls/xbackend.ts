import type { Finding } from '../../../model/finding.ts';
import { type Decided, describeObject } from '../../../model/origin.ts';
import type { Verification } from '../../../model/tls.ts';
import { bySeniority } from '../../../policies/seniority.ts';
import type { BackendStatus, Gateway, XBackend } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { StoredTrust } from '../../../resources/pem/trust-store.ts';
import { originOf } from '../../../resources/set.ts';
import type { StatusDocument } from '../../dialect.ts';
import { conditions, unless } from '../condition.ts';
import { controllerName, kinds } from '../names.ts';
import { type Fault, findingOf } from '../route/fault.ts';
import { readSessionPersistence, scopeOf } from '../route/session-persistence.ts';
import { type ClientCertificate, readClientCertificate } from './client-certificate.ts';
import type { TlsWishes } from './compose.ts';
import type { BackendTlsInput } from './contract.ts';
import type { BackendTlsDefaults } from './defaults.ts';
import { limitOf } from './limits.ts';
import { noOptions } from './options.ts';
import { nameNotes, readNames } from './policy.ts';
import { readTrust, type TrustContext } from './trust.ts';

/** How an XBackend that has TLS of its own (`spec.tls.mode` other than None) is to be reached. */
export interface XBackendTls extends Omit<TlsWishes, 'verification'> {
  readonly owner: Resource<XBackend>;
  /** Null where there are problems: the backend answers 503. */
  readonly verification: Decided<Verification> | null;
  readonly client: ClientCertificate;
  readonly stored: readonly StoredTrust[];
  readonly problems: readonly Finding[];
  /** References that lead to nothing, or not to all that they should. */
  readonly unresolved: readonly Finding[];
  readonly notes: readonly Finding[];
}

/** Null for an XBackend without TLS of its own: it is in the hands of policies for routes and Gateways. */
function readXBackend(backend: Resource<XBackend>, context: TrustContext, input: BackendTlsInput): XBackendTls | null {
  const { mode, validation, clientCertificateRef } = backend.object.spec.tls;
  if (mode === 'None') return null;
  // The schema lets neither in. Should an API server without its rules do so, that is no reason for plaintext.
  if (validation === undefined) return incomplete(backend, 'validation');
  if (mode === 'ClientAndServer' && clientCertificateRef === undefined)
    return incomplete(backend, 'clientCertificateRef');
  const field = 'spec.tls.validation';
  const stated = { owner: backend, validation, field };
  const trust = readTrust(stated, context);
  const client = clientCertificateOf(backend, clientCertificateRef, input);
  const ofClient = client.type === 'refused' ? [client.problem] : [];
  const problems = [...(trust.type === 'refused' ? [trust.problem] : []), ...ofClient];
  return {
    owner: backend,
    hostname: { value: validation.hostname, origin: originOf(backend, `${field}.hostname`) },
    options: noOptions,
    names: readNames(stated, null),
    verification: trust.type === 'trusted' && problems.length === 0 ? trust.verification : null,
    client,
    stored: trust.stored,
    problems,
    unresolved: [...trust.unresolved, ...ofClient],
    notes: [...nameNotes(stated), ...(client.type === 'certificate' ? client.warnings : [])],
  };
}

function incomplete(owner: Resource<XBackend>, part: string): XBackendTls {
  const origin = originOf(owner, 'spec.tls');
  const problem: Finding = {
    severity: 'error',
    reason: 'Invalid',
    message: `${describeObject(owner.reference)} asks for TLS (mode ${owner.object.spec.tls.mode}) without ${part}`,
    remedy: `add spec.tls.${part}`,
    origin,
  };
  return {
    ...{ owner, options: noOptions, verification: null, problems: [problem] },
    hostname: { value: '', origin },
    names: { value: [], origin },
    ...{ client: { type: 'none' }, stored: [], unresolved: [], notes: [] },
  };
}

function clientCertificateOf(
  owner: Resource<XBackend>,
  ref: XBackend['spec']['tls']['clientCertificateRef'],
  input: BackendTlsInput,
): ClientCertificate {
  if (ref === undefined) return { type: 'none' };
  const effect = 'it answers 503';
  return readClientCertificate({ owner, ref, field: 'spec.tls.clientCertificateRef', effect }, input);
}

/** The XBackends that routes reach, and through which Gateways. */
export class XBackends {
  readonly #input: BackendTlsInput;
  readonly #context: TrustContext;
  readonly #defaultsOf: (gateway: Resource<Gateway>) => BackendTlsDefaults;
  readonly #readings = new Map<Resource<XBackend>, XBackendTls | null>();
  readonly #ofStreams = new Set<Resource<XBackend>>();
  readonly #reached = new Map<Resource<XBackend>, Set<Resource<Gateway>>>();

  constructor(
    input: BackendTlsInput,
    context: TrustContext,
    defaultsOf: (gateway: Resource<Gateway>) => BackendTlsDefaults,
  ) {
    this.#input = input;
    this.#context = context;
    this.#defaultsOf = defaultsOf;
  }

  /** What an XBackend says of TLS, which is reached through a Gateway, from a route. */
  reach(backend: Resource<XBackend>, gateway: Resource<Gateway>, { reference }: Resource): XBackendTls | null {
    if (streamKinds.has(reference.kind)) this.#ofStreams.add(backend);
    const gateways = this.#reached.get(backend);
    if (gateways === undefined) this.#reached.set(backend, new Set([gateway]));
    else gateways.add(gateway);
    let reading = this.#readings.get(backend);
    if (reading === undefined) {
      reading = readXBackend(backend, this.#context, this.#input);
      this.#readings.set(backend, reading);
    }
    return reading;
  }

  get findings(): readonly Finding[] {
    return [...this.#reached].flatMap(([backend, gateways]) => [
      ...sessionNotes(backend, this.#ofStreams.has(backend)),
      ...this.#problemsOf(backend, gateways),
      ...(this.#readings.get(backend)?.notes ?? []),
    ]);
  }

  /** One for each XBackend that is reached. */
  statuses(): readonly StatusDocument[] {
    return [...this.#reached].map(([backend, gateways]) => {
      const { apiVersion, kind, namespace, name } = backend.reference;
      const clock = { generation: backend.object.metadata.generation ?? 1, now: this.#input.environment.now };
      const { unresolved = [], problems = [] } = this.#readings.get(backend) ?? {};
      const ancestors = [...gateways].sort(bySeniority).map((gateway) => {
        const limit = this.#limitOf(backend, gateway);
        const all = limit === null ? problems : [...problems, limit];
        const accepted = unless(withEffect(backend, all, true), 'Accepted', 'Accepted', this.#describe(backend));
        const resolved = unless(
          withEffect(backend, unresolved, problems.length > 0),
          'ResolvedRefs',
          'ResolvedRefs',
          'all references are resolved',
        );
        const { group, kind: ofGateway } = kinds.gateway;
        const { namespace: within, name: called } = gateway.reference;
        return {
          ancestorRef: { group, kind: ofGateway, namespace: within, name: called },
          controllerName,
          conditions: conditions([accepted, resolved], clock),
        };
      });
      const status: BackendStatus = { ancestors };
      return { apiVersion, kind, metadata: { namespace, name }, status: { ...status } };
    });
  }

  /** What else its owner is to know of one that is reached, since no other condition would tell it. */
  #describe(backend: Resource<XBackend>): string {
    const notes = sessionNotes(backend, this.#ofStreams.has(backend)).map(({ message }) => message);
    const name = describeObject(backend.reference);
    return [`${name} is reached`, ...notes.map((note) => `of its sessionPersistence: ${note}`)].join('; ');
  }

  #limitOf(backend: Resource<XBackend>, gateway: Resource<Gateway>): Finding | null {
    const reading = this.#readings.get(backend) ?? null;
    return reading === null ? null : limitOf(reading, this.#defaultsOf(gateway));
  }

  #problemsOf(backend: Resource<XBackend>, gateways: ReadonlySet<Resource<Gateway>>): readonly Finding[] {
    const { problems = [], unresolved = [] } = this.#readings.get(backend) ?? {};
    // That nothing is left to trust only sums up what is wrong with each reference.
    const causes = problems.filter(({ reason }) => reason !== 'NoValidCACertificate');
    const limits = [...gateways].flatMap((gateway) => this.#limitOf(backend, gateway) ?? []);
    return [
      ...withEffect(backend, [...new Set([...causes, ...unresolved])], problems.length > 0),
      ...withEffect(backend, limits, true),
    ];
  }
}

/** Of several references to CA certificates, one that leads nowhere only leaves out what it would have vouched for. */
function withEffect(backend: Resource<XBackend>, findings: readonly Finding[], isRefused: boolean): readonly Finding[] {
  const part = isRefused ? '' : ' where its certificate was signed by a CA that is missing here';
  const effect = `${describeObject(backend.reference)} answers 503${part}`;
  return findings.map((finding) => ({ ...finding, effect }));
}

/** What is wrong with the sessions that it wants to be kept where a rule does not say otherwise. */
function sessionNotes(backend: Resource<XBackend>, carriesStreams: boolean): readonly Finding[] {
  const { sessionPersistence } = backend.object.spec;
  if (sessionPersistence === undefined) return [];
  const field = 'spec.sessionPersistence';
  const name = describeObject(backend.reference);
  const read = readSessionPersistence(sessionPersistence, scopeOf(backend, 0, undefined), field);
  if (read.type === 'invalid') {
    const effect = `requests of one session may reach any endpoint of ${name}`;
    return [findingOf(backend, { severity: 'warning', effect, ...read.fault })];
  }
  if (!carriesStreams) return [];
  const fault: Fault = {
    severity: 'warning',
    reason: 'UnsupportedValue',
    message: 'a stream has neither cookies nor headers that could carry a session',
    effect: `streams reach the endpoints of ${name} in turn`,
    remedy: 'remove sessionPersistence, or lead only HTTPRoutes and GRPCRoutes there',
    field,
  };
  return [findingOf(backend, fault)];
}

const streamKinds: ReadonlySet<string> = new Set(
  [kinds.tlsRoute, kinds.tcpRoute, kinds.udpRoute].map(({ kind }) => kind),
);
