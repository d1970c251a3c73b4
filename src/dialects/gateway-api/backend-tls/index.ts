import type { Finding } from '../../../model/finding.ts';
import type { KeyPair } from '../../../model/model.ts';
import { describeObject, type Origin } from '../../../model/origin.ts';
import type { BackendSecurity, Certificate, TrustBundle } from '../../../model/tls.ts';
import { type Contest, type Contests, mostSpecific } from '../../../policies/contest.ts';
import { parametersOf } from '../../../policies/parameters.ts';
import type { FarsideConfig } from '../../../resources/generated/farside-types.ts';
import type { BackendTLSPolicy, Gateway } from '../../../resources/generated/types.ts';
import type { RefusedObject, Resource } from '../../../resources/object.ts';
import { TrustStore } from '../../../resources/pem/trust-store.ts';
import { originOf } from '../../../resources/set.ts';
import type { StatusDocument } from '../../dialect.ts';
import { kinds } from '../names.ts';
import { type BackendTarget, backendName } from '../service/target.ts';
import { Ancestry } from './ancestors.ts';
import { type ClientCertificate, readGatewayCertificate } from './client-certificate.ts';
import { composeTls, type TlsWishes } from './compose.ts';
import { conflictOf } from './conflicts.ts';
import type { BackendTlsDecisions, BackendTlsInput, BackendTlsOutcome, Decision, Reach } from './contract.ts';
import { Coverage } from './coverage.ts';
import { type BackendTlsDefaults, noDefaults, readDefaults, weakDefaults } from './defaults.ts';
import { limitOf } from './limits.ts';
import { findingsOf, withEffects } from './outcome.ts';
import { type PolicyReading, readPolicy } from './policy.ts';
import { type RefusedTarget, readRefusedTargets, refusedPolicyFindings, refuseTarget } from './refused-policy.ts';
import { type PolicyVerdict, policyStatus } from './status.ts';
import { contestsOf, type Policy, type ReadTarget, readTargets } from './targets.ts';
import { gatewayStep, protocolVariant, scopeVariant, stepsOf, targetsOf, variantOf } from './way.ts';
import { cleartextNote, externalNote, plaintextNote, withoutPolicy } from './without-policy.ts';
import { XBackends, type XBackendTls } from './xbackend.ts';

export type { BackendTlsDecisions, BackendTlsInput, BackendTlsOutcome, Decision, Reach } from './contract.ts';

/** Reads every BackendTLSPolicy and the client certificate of every Gateway of ours. */
export function readBackendTls(input: BackendTlsInput): BackendTlsDecisions {
  return new Decisions(input);
}

/**
 * Collects while routes are read: the decision for each way, and on the side what the policies' status needs, since
 * only routes know which Gateway reaches which Service.
 */
class Decisions implements BackendTlsDecisions {
  readonly #input: BackendTlsInput;
  readonly #store: TrustStore;
  readonly #readings: ReadonlyMap<Policy, PolicyReading>;
  readonly #targets: ReadonlyMap<Policy, readonly ReadTarget[]>;
  readonly #contests: Contests<Policy>;
  readonly #clients: ReadonlyMap<Resource<Gateway>, ClientCertificate>;
  readonly #defaults: ReadonlyMap<Resource<Gateway>, BackendTlsDefaults>;
  readonly #xBackends: XBackends;
  readonly #ancestry: Ancestry;
  readonly #refused: ReadonlyMap<string, RefusedTarget>;
  /** By target. Where a policy that is in force and one that was refused name the same, the former decides. */
  readonly #deciders: ReadonlyMap<string, Contest<Policy> | RefusedTarget>;
  readonly #coverage = new Coverage<Policy>();
  readonly #refusedCoverage = new Coverage<RefusedObject>();
  /** By backend id. */
  readonly #decided = new Map<string, Decision>();
  readonly #notes = new Map<string, Finding>();
  readonly #certificates: Record<string, Certificate> = {};
  readonly #pairs: Record<string, KeyPair> = {};
  readonly #bundles: Record<string, TrustBundle> = {};
  readonly #pem: Record<string, string> = {};

  constructor(input: BackendTlsInput) {
    const { resources, grants, gateways } = input;
    const policies = resources.list<BackendTLSPolicy>(kinds.backendTlsPolicy);
    const store = new TrustStore(input.environment.now);
    this.#input = input;
    this.#store = store;
    this.#readings = new Map(policies.map((policy) => [policy, readPolicy(policy, { resources, grants, store })]));
    this.#targets = new Map(policies.map((policy) => [policy, readTargets(policy, resources, grants)]));
    const targets = [...this.#targets.values()].flat();
    this.#contests = contestsOf(targets);
    this.#refused = readRefusedTargets(resources);
    this.#deciders = new Map<string, Contest<Policy> | RefusedTarget>([...this.#refused, ...this.#contests]);
    this.#clients = new Map(gateways.map((gateway) => [gateway, readGatewayCertificate(gateway, input)]));
    this.#defaults = new Map(gateways.map((gateway) => [gateway, readDefaults(resources, gateway)]));
    this.#xBackends = new XBackends(input, { resources, grants, store }, (gateway) => this.#defaultsOf(gateway));
    this.#ancestry = new Ancestry(targets);
    for (const gateway of gateways) this.#ancestry.serves(gateway, gatewayStep(gateway));
  }

  decide(reach: Reach): Decision {
    const { target, gateway, route } = reach;
    if (target.type === 'xbackend') {
      const own = this.#xBackends.reach(target.backend, gateway, route);
      if (own !== null) return this.#decideOwn(reach, own);
    }
    const steps = stepsOf(reach);
    for (const step of steps) this.#ancestry.passes(reach.gateway, step);
    const service = backendName(reach.target);
    const spoken = protocolVariant(reach);
    const decider = mostSpecific(this.#deciders, targetsOf(steps));
    if (decider === undefined) {
      const note = externalNote(target);
      if (note !== null) this.#notes.set(`external ${service}`, note);
      const doubt = plaintextNote(target);
      if (doubt !== null) this.#notes.set(`plaintext ${service}`, doubt);
      return this.#remember(service, spoken, () => withoutPolicy(target));
    }
    if ('policy' in decider) {
      this.#refusedCoverage.add(decider.policy, service);
      const security = refuseTarget(decider);
      return this.#remember(service, variantOf(decider.target, null, null) + spoken, () => ({
        security,
        problem: null,
      }));
    }
    const { policy } = decider.winner;
    this.#coverage.add(policy, service);
    const reading = this.#readings.get(policy);
    if (reading === undefined) throw new Error(`${describeObject(policy.reference)} was never read`);
    const client = this.#clients.get(reach.gateway) ?? { type: 'none' };
    const defaults = this.#defaultsOf(reach.gateway);
    // A policy that refuses does so whatever the client certificate and the defaults.
    const isUsable = reading.problems.length === 0;
    const variant = variantOf(
      decider.target,
      isUsable && client.type !== 'none' ? gatewayStep(reach.gateway) : null,
      isUsable ? defaults.scope : null,
    );
    return this.#remember(service, variant + spoken, () => ({
      security: this.#secure(reach, reading, client, defaults),
      problem: null,
    }));
  }

  /** What an XBackend says of itself is nearer to it than any policy, and it names its client certificate itself. */
  #decideOwn(reach: Reach, own: XBackendTls): Decision {
    const { target, gateway } = reach;
    const defaults = this.#defaultsOf(gateway);
    const scope = own.verification === null || defaults.scope === null ? '' : scopeVariant(defaults.scope);
    return this.#remember(backendName(target), scope + protocolVariant(reach), () => ({
      security: this.#secureOwn(target, own, defaults),
      problem: null,
    }));
  }

  #secureOwn(target: BackendTarget, own: XBackendTls, defaults: BackendTlsDefaults): BackendSecurity {
    const { verification, client, problems } = own;
    const refusal = problems[0] ?? limitOf(own, defaults);
    if (refusal !== null) return refuse(refusal);
    if (verification === null || client.type === 'refused') throw new Error('refused without a problem');
    this.#keep(own, client);
    return { type: 'tls', tls: composeTls({ ...own, verification }, client, defaults, target.appProtocol) };
  }

  passThrough(reach: Reach): void {
    const { target, gateway, route } = reach;
    const own = target.type === 'xbackend' ? this.#xBackends.reach(target.backend, gateway, route) : null;
    if (own !== null) {
      this.#notePassed(reach, `spec.tls of ${describeObject(own.owner.reference)}`, originOf(own.owner, 'spec.tls'));
      return;
    }
    const decider = mostSpecific(this.#deciders, targetsOf(stepsOf(reach)));
    if (decider === undefined || 'policy' in decider) return;
    const { policy, field } = decider.winner;
    this.#notePassed(reach, describeObject(policy.reference), originOf(policy, field));
  }

  #notePassed({ route, target }: Reach, what: string, origin: Origin): void {
    const name = describeObject(route.reference);
    this.#notes.set(`passed ${what} ${name} ${backendName(target)}`, {
      severity: 'info',
      reason: 'PassedThrough',
      message: `${what} does not apply to ${name}, which passes TLS through to ${backendName(target)}: it is between client and backend`,
      remedy: 'let the listener terminate TLS if the gateway is to verify the backend',
      origin,
      parent: route.reference,
    });
  }

  problemsOf(gateway: Resource<Gateway>): readonly Finding[] {
    const client = this.#clients.get(gateway);
    return client?.type === 'refused' ? [client.problem] : [];
  }

  finish(): BackendTlsOutcome {
    const verdicts = [...this.#readings.values()].map((reading) => this.#verdict(reading));
    const { now } = this.#input.environment;
    return {
      certificates: this.#certificates,
      trustBundles: this.#bundles,
      keys: { certificates: this.#pairs, trustBundles: this.#pem },
      findings: [
        ...[...this.#clients.values()].flatMap(clientFindings),
        ...verdicts.flatMap((verdict) => findingsOf(verdict, this.#targets.get(verdict.reading.policy) ?? [])),
        ...refusedPolicyFindings(this.#refused.values(), this.#refusedCoverage),
        ...this.#store.warnings,
        ...weakDefaults(this.#configs()),
        ...this.#xBackends.findings,
        ...[...this.#decided.values()].flatMap(({ problem }) => problem ?? []),
        ...this.#notes.values(),
      ],
      statuses: [
        ...verdicts.flatMap((verdict): StatusDocument[] => {
          const status = policyStatus(verdict, now);
          return status === null ? [] : [status];
        }),
        ...this.#xBackends.statuses(),
      ],
    };
  }

  /** Those of Gateways of ours, each once. */
  #configs(): Iterable<Resource<FarsideConfig>> {
    const { resources, gateways } = this.#input;
    return new Set(gateways.flatMap((gateway) => parametersOf(resources, gateway) ?? []));
  }

  #defaultsOf(gateway: Resource<Gateway>): BackendTlsDefaults {
    return this.#defaults.get(gateway) ?? noDefaults;
  }

  #verdict(reading: PolicyReading): PolicyVerdict {
    return {
      reading,
      ancestors: this.#ancestry.of(reading.policy),
      ...withEffects(reading, this.#coverage),
      problemOf: (target) => target.problem ?? conflictOf(target, this.#contests),
      limitThrough: (gateway) => limitOf({ ...reading, owner: reading.policy }, this.#defaultsOf(gateway)),
    };
  }

  /** The same way to the same port gives the same object, so that backends stay identical. */
  #remember(service: string, variant: string, decide: () => Omit<Decision, 'variant'>): Decision {
    const id = service + variant;
    const known = this.#decided.get(id);
    if (known !== undefined) return known;
    const decision = { variant, ...decide() };
    this.#decided.set(id, decision);
    return decision;
  }

  #secure(
    { target }: Reach,
    reading: PolicyReading,
    client: ClientCertificate,
    defaults: BackendTlsDefaults,
  ): BackendSecurity {
    if (reading.verification === null) return refuse(reading.problems[0]);
    const limit = limitOf({ ...reading, owner: reading.policy }, defaults);
    if (limit !== null) return refuse(limit);
    if (client.type === 'refused') return refuse(client.problem);
    const name = describeObject(reading.policy.reference);
    const note = cleartextNote(target, name);
    if (note !== null) this.#notes.set(`${backendName(target)} ${name}`, note);
    this.#keep(reading, client);
    return { type: 'tls', tls: composeTls(wishesOf(reading), client, defaults, target.appProtocol) };
  }

  /** Only what some backend uses gets into the model. */
  #keep({ stored }: Pick<PolicyReading, 'stored'>, client: ClientCertificate): void {
    for (const { bundle, pem } of stored) {
      if (bundle === null) continue;
      this.#bundles[bundle.id] = bundle;
      this.#pem[bundle.id] = pem;
    }
    if (client.type !== 'certificate') return;
    this.#certificates[client.certificate.id] = client.certificate;
    this.#pairs[client.certificate.id] = client.pair;
  }
}

function wishesOf(reading: Extract<PolicyReading, { problems: readonly [] }>): TlsWishes {
  const { policy } = reading;
  const { hostname } = policy.object.spec.validation;
  return { ...reading, hostname: { value: hostname, origin: originOf(policy, 'spec.validation.hostname') } };
}

function refuse({ reason, message, origin }: Finding): BackendSecurity {
  return { type: 'refused', reason, message, origin };
}

function clientFindings(client: ClientCertificate): readonly Finding[] {
  if (client.type === 'none') return [];
  return client.type === 'refused' ? [client.problem] : client.warnings;
}
