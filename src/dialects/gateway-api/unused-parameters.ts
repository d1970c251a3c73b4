import type { Finding } from '../../model/finding.ts';
import { describeObject } from '../../model/origin.ts';
import { readClassParameters, readGatewayParameters } from '../../policies/parameters.ts';
import type { FarsideConfig } from '../../resources/generated/farside-types.ts';
import { originOf, type ResourceSet } from '../../resources/set.ts';
import type { GatewayState } from './gateway/state.ts';
import type { OwnClass } from './gateway-class.ts';
import { defaultClassName, kinds } from './names.ts';

/** FarsideConfigs that nothing of ours refers to: to write one is not enough for it to count. */
export function findUnusedParameters(
  resources: ResourceSet,
  classes: ReadonlyMap<string, OwnClass>,
  gateways: readonly GatewayState[],
): readonly Finding[] {
  const configs = resources.list<FarsideConfig>(kinds.farsideConfig);
  if (configs.length === 0) return [];
  const used = new Set([
    ...[...classes.values()].map(({ resource }) => readClassParameters(resources, resource).config),
    ...gateways.map(({ resource }) => readGatewayParameters(resources, resource).config),
  ]);
  return configs
    .filter((config) => !used.has(config))
    .map((config) => ({
      severity: 'info',
      reason: 'UnusedParameters',
      message: `${describeObject(config.reference)} has no effect: no GatewayClass and no Gateway of ours refers to it`,
      remedy: `name it with spec.parametersRef of GatewayClass ${defaultClassName}, or spec.infrastructure.parametersRef of a Gateway in namespace ${config.reference.namespace}`,
      origin: originOf(config, ''),
    }));
}
