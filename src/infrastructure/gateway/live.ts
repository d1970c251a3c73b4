import type { GroupKind, KubernetesObject } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';
import { type DataPlaneUnit, isOfUnit } from './unit.ts';

/** The object of a kind that a unit has by now. Null where there is none, or one of somebody else. */
export function liveObjectOf<T extends KubernetesObject>(
  unit: DataPlaneUnit,
  kind: GroupKind,
  resources: ResourceSet,
): T | null {
  const object = resources.get<T>(kind, unit.namespace, unit.objectName)?.object;
  return object !== undefined && isOfUnit(object, unit) ? object : null;
}

/** The Deployment of a unit, as far as it is watched: its metadata. */
export const deploymentOf = (unit: DataPlaneUnit, resources: ResourceSet): KubernetesObject | null =>
  liveObjectOf(unit, { group: 'apps', kind: 'Deployment' }, resources);

/** The ServiceAccount of a unit. */
export const serviceAccountOf = (unit: DataPlaneUnit, resources: ResourceSet): KubernetesObject | null =>
  liveObjectOf(unit, { group: '', kind: 'ServiceAccount' }, resources);

/** The PodDisruptionBudget of a unit, as far as it is watched: its metadata. */
export const disruptionBudgetOf = (unit: DataPlaneUnit, resources: ResourceSet): KubernetesObject | null =>
  liveObjectOf(unit, { group: 'policy', kind: 'PodDisruptionBudget' }, resources);
