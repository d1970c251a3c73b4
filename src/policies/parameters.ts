import type { Finding } from '../model/finding.ts';
import { type Decided, describeObject } from '../model/origin.ts';
import type { FarsideConfig } from '../resources/generated/farside-types.ts';
import type { Gateway, GatewayClass } from '../resources/generated/types.ts';
import { type GroupKind, groupOf, type Resource } from '../resources/object.ts';
import { resolve } from '../resources/resolve.ts';
import { originOf, type ResourceSet } from '../resources/set.ts';

/** The kind that a GatewayClass's and a Gateway's `parametersRef` may name. */
export const farsideConfigKind: GroupKind = { group: 'farside.dev', kind: 'FarsideConfig' };

const gatewayClassKind: GroupKind = { group: 'gateway.networking.k8s.io', kind: 'GatewayClass' };

/** What one `parametersRef` leads to. */
export interface ReadParameters {
  /** Null where nothing is referred to, and where it leads to nothing. */
  readonly config: Resource<FarsideConfig> | null;
  /** Why the object that refers to it is not accepted (`InvalidParameters`), or null. What follows depends on who asks. */
  readonly problem: Finding | null;
}

/** A reference as a GatewayClass states it; a Gateway's is always to its own namespace. */
interface ParametersRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export function readClassParameters(resources: ResourceSet, owner: Resource<GatewayClass>): ReadParameters {
  const ref = owner.object.spec.parametersRef;
  return ref === undefined ? nothing : read(resources, owner, ref, 'spec.parametersRef');
}

/** Those of the Gateway itself. Beside those of its class they must make sense, too. */
export function readGatewayParameters(resources: ResourceSet, owner: Resource<Gateway>): ReadParameters {
  const ref = owner.object.spec.infrastructure?.parametersRef;
  if (ref === undefined) return nothing;
  const local = { ...ref, namespace: owner.reference.namespace };
  const own = read(resources, owner, local, parametersField);
  const { config } = ofClassOf(resources, owner);
  const crossed = own.config === null || config === null ? null : crossedVersions(owner, [own.config, config]);
  return crossed === null ? own : { ...own, problem: crossed };
}

/** The FarsideConfigs that hold for a Gateway, its own before that of its class; null where one of them cannot be had. */
export function parametersOf(
  resources: ResourceSet,
  gateway: Resource<Gateway>,
): readonly Resource<FarsideConfig>[] | null {
  const reads = [readGatewayParameters(resources, gateway), ofClassOf(resources, gateway)];
  return reads.some(({ problem }) => problem !== null) ? null : reads.flatMap(({ config }) => config ?? []);
}

/** The FarsideConfig of a Gateway's class; null where the class names none, or none that can be had. */
export function classParametersOf(resources: ResourceSet, gateway: Resource<Gateway>): Resource<FarsideConfig> | null {
  return ofClassOf(resources, gateway).config;
}

const parametersField = 'spec.infrastructure.parametersRef';

function ofClassOf(resources: ResourceSet, { object }: Resource<Gateway>): ReadParameters {
  const ofClass = resources.get<GatewayClass>(gatewayClassKind, '', object.spec.gatewayClassName);
  return ofClass === undefined ? nothing : readClassParameters(resources, ofClass);
}

/** Why the FarsideConfigs of a Gateway and of its class leave no version of TLS, or null. Each by itself is right. */
function crossedVersions(gateway: Resource<Gateway>, configs: readonly Resource<FarsideConfig>[]): Finding | null {
  const low = firstStated(configs, 'spec.backendTls.minVersion', ({ backendTls }) => backendTls?.minVersion);
  const high = firstStated(configs, 'spec.backendTls.maxVersion', ({ backendTls }) => backendTls?.maxVersion);
  if (low === null || high === null || low.value <= high.value) return null;
  return {
    severity: 'error',
    reason: 'InvalidParameters',
    message: `backends of ${describeObject(gateway.reference)} are to have at least TLS ${low.value} by ${describeObject(low.origin)}, and at most TLS ${high.value} by ${describeObject(high.origin)}`,
    remedy: 'raise the one or lower the other',
    origin: originOf(gateway, parametersField),
  };
}

/** The value of a field in the first FarsideConfig that has it, with its origin; null where none has it. */
export function firstStated<T>(
  configs: readonly Resource<FarsideConfig>[],
  field: string,
  value: (spec: FarsideConfig['spec']) => T | undefined,
): Decided<T> | null {
  for (const config of configs) {
    const stated = value(config.object.spec);
    if (stated !== undefined) return { value: stated, origin: originOf(config, field) };
  }
  return null;
}

const nothing: ReadParameters = { config: null, problem: null };

function read(resources: ResourceSet, owner: Resource, ref: ParametersRef, field: string): ReadParameters {
  const asks = `${describeObject(owner.reference)} asks for parameters from`;
  const refuse = (part: string, message: string, remedy: string): ReadParameters => ({
    config: null,
    problem: {
      severity: 'error',
      reason: 'InvalidParameters',
      message: `${asks} ${message}`,
      remedy,
      origin: originOf(owner, `${field}.${part}`),
    },
  });
  const { group, kind } = farsideConfigKind;
  if (ref.group !== group || ref.kind !== kind) {
    const what = ref.group === '' ? ref.kind : `${ref.kind} of group ${ref.group}`;
    const part = ref.kind === kind ? 'group' : 'kind';
    return refuse(part, `${what} "${ref.name}", which holds none`, `refer to a ${kind} of group ${group}`);
  }
  const { namespace } = ref;
  if (namespace === undefined) {
    return refuse('name', `${kind} "${ref.name}" of no namespace`, `add the namespace of the ${kind}`);
  }
  const { reference } = owner;
  const from = { group: groupOf(reference.apiVersion), kind: reference.kind, namespace: reference.namespace };
  const to = { ...farsideConfigKind, namespace, name: ref.name };
  // Grants play no part: a class may refer to anything, and a Gateway only to its own namespace.
  const resolution = resolve<FarsideConfig>(resources, [], { dialect: '', from, to });
  if (resolution.type === 'found') return { config: resolution.resource, problem: null };
  const name = `${kind} ${namespace}/${ref.name}`;
  const invalid = resources
    .refused(farsideConfigKind)
    .find((object) => object.reference.namespace === namespace && object.reference.name === ref.name);
  return invalid === undefined
    ? refuse('name', `${name}, which does not exist`, 'create it, or correct the name')
    : refuse('name', `${name}, which is not valid: ${invalid.message}`, `correct ${name}`);
}
