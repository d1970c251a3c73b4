import type { Finding, Severity } from '../../../model/finding.ts';
import type { Origin } from '../../../model/origin.ts';
import type { ContourConfigurationSpec } from '../../../resources/generated/contour-types.ts';
import type { KubernetesObject, Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import { fileKeys } from './keys.ts';

/** Contour's configuration, wherever it was written. */
export interface ConfigurationObject extends KubernetesObject {
  readonly spec: ContourConfigurationSpec;
}

/** The kind of what was read from a file. It is none of Kubernetes. */
export const fileKind = 'ContourConfigurationFile';

/** Contour's configuration, with the names and places of its fields as their author knows them. */
export class ConfigurationSource {
  readonly resource: Resource<ConfigurationObject>;

  constructor(resource: Resource<ConfigurationObject>) {
    this.resource = resource;
  }

  get spec(): ContourConfigurationSpec {
    return this.resource.object.spec;
  }

  /** The name of a field of `spec` in the file, or in the object. */
  nameOf(field: string): string {
    if (this.resource.reference.kind !== fileKind) return `spec.${field}`;
    const row = fileKeys.find((each) => each.field !== '' && (field === each.field || isWithin(field, each.field)));
    if (row !== undefined) return row.key + field.slice(row.field.length);
    const below = fileKeys.find((each) => isWithin(each.field, field));
    return below === undefined ? field : below.key.slice(0, field.length - below.field.length);
  }

  originOf(field: string): Origin {
    return originOf(this.resource, this.nameOf(field));
  }

  finding(
    severity: Severity,
    reason: string,
    field: string,
    { message, remedy, effect }: Pick<Finding, 'message' | 'remedy' | 'effect'>,
  ): Finding {
    const text = `${this.nameOf(field)}: ${message}`;
    const origin = this.originOf(field);
    return { severity, reason, message: text, ...(effect === undefined ? {} : { effect }), remedy, origin };
  }
}

const isWithin = (field: string, outer: string): boolean =>
  field.startsWith(outer) && (field[outer.length] === '.' || field[outer.length] === '[');
