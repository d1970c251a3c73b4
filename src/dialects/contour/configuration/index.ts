import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { ContourConfiguration } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import type { DialectOptions, StatusDocument } from '../../dialect.ts';
import { kinds } from '../names.ts';
import { defaultSettings, type Settings } from '../settings.ts';
import { readConfiguration } from './settings.ts';
import { type ConfigurationObject, ConfigurationSource } from './source.ts';

/** The object that Contour itself reads where nobody names another. */
const ownName = { namespace: 'projectcontour', name: 'contour' } as const;

export interface ReadSettings {
  readonly settings: Settings;
  readonly findings: readonly Finding[];
  status(now: string): readonly StatusDocument[];
}

/**
 * What Contour's configuration decides: the file that was given on the command line, else the ContourConfiguration
 * projectcontour/contour, else nothing. Other objects of that kind are not read, and told.
 */
export function readSettings(resources: ResourceSet, options: DialectOptions = {}): ReadSettings {
  const { configuration = null, compatible = false } = options;
  const objects = resources.list<ContourConfiguration>(kinds.configuration);
  const isOwn = ({ reference }: Resource): boolean =>
    reference.namespace === ownName.namespace && reference.name === ownName.name;
  const own = objects.find(isOwn);
  const chosen = configuration ?? own ?? null;
  const notRead = objects
    .filter((object) => object !== chosen)
    .map((object) => notReadFinding(object, configuration !== null && isOwn(object) ? configuration : null));
  if (chosen === null) {
    return { settings: { ...defaultSettings, compatible }, findings: notRead, status: () => [] };
  }
  // Whoever gives a configuration got it from `readConfigurationFile`.
  const source = new ConfigurationSource(chosen as Resource<ConfigurationObject>);
  const { settings, findings } = readConfiguration(source, compatible);
  const status = (now: string): readonly StatusDocument[] =>
    own === undefined || chosen !== own ? [] : [statusOf(own, findings, now)];
  return { settings, findings: [...findings, ...notRead], status };
}

function notReadFinding(object: Resource, instead: Resource | null): Finding {
  return {
    severity: 'warning',
    reason: 'ConfigurationNotRead',
    message:
      instead === null
        ? `${describeObject(object.reference)} is not read: the configuration is ContourConfiguration ${ownName.namespace}/${ownName.name}`
        : `${describeObject(object.reference)} is not read: the configuration is ${describeObject(instead.reference)}`,
    remedy:
      instead === null
        ? `name it ${ownName.name}, in namespace ${ownName.namespace}, or remove it`
        : 'remove it, or start farside without --contour-config',
    origin: originOf(object, ''),
  };
}

function statusOf({ object, reference }: Resource, findings: readonly Finding[], now: string): StatusDocument {
  const detail = ({ reason, message }: Finding) => ({ type: 'SpecError', status: 'True', reason, message });
  const errors = findings.filter(({ severity }) => severity === 'error').map(detail);
  const warnings = findings.filter(({ severity }) => severity === 'warning').map(detail);
  return {
    apiVersion: reference.apiVersion,
    kind: reference.kind,
    metadata: { namespace: reference.namespace, name: reference.name },
    status: {
      conditions: [
        {
          type: 'Valid',
          ...(errors.length === 0
            ? { status: 'True', reason: 'Valid', message: 'Valid ContourConfiguration' }
            : {
                status: 'False',
                reason: 'ErrorPresent',
                message: 'At least one error present, see Errors for details',
              }),
          observedGeneration: object.metadata.generation ?? 1,
          lastTransitionTime: now,
          ...(errors.length === 0 ? {} : { errors }),
          ...(warnings.length === 0 ? {} : { warnings }),
        },
      ],
    },
  };
}
