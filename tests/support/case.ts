import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { readDialectOptions } from '../../src/cli/dialect-options.ts';
import type { Dialect, Environment, StatusDocument, Translation } from '../../src/dialects/dialect.ts';
import type { Finding } from '../../src/model/finding.ts';
import { describeObject, describePosition, type Origin } from '../../src/model/origin.ts';
import { noModification } from '../../src/model/route.ts';
import type { KubernetesObject, RefusedObject, Resource } from '../../src/resources/object.ts';
import { ResourceSet } from '../../src/resources/set.ts';
import type { UnservedKind } from '../../src/resources/unserved.ts';
import { loadFolder } from '../../src/sources/folder/load.ts';
import type { FolderSnapshot } from '../../src/sources/folder/reader.ts';
import type { ValidateObject } from '../../src/sources/folder/validator.ts';

/** What a case may say in `settings.yaml` beside its objects. Everything has a default. */
export interface Settings {
  /** Files of `tests/cases/shared` that are read too, without their suffix. */
  readonly shared?: readonly string[];
  /** By Gateway, and by the name of another data plane; who has no entry has 127.0.0.1. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  readonly portOffset?: number;
  readonly now?: string;
  /** Kinds that the cluster does not serve; a folder has them all. */
  readonly unserved?: readonly UnservedKind[];
  /** Whether each Gateway has a data plane of its own, as in a cluster. */
  readonly ownDataPlanes?: boolean;
  /** Then, the addresses of the cluster that their Services have, by `namespace/name`. */
  readonly clusterAddresses?: Readonly<Record<string, readonly string[]>>;
  /** Whether the dialect is to be as loose as its peer. */
  readonly compatible?: boolean;
  /** Model ids of the listeners that could not be opened, with the reason and message where the data plane gave some. */
  readonly closed?: Readonly<Record<string, { readonly reason: string; readonly message: string } | null>>;
}

export interface CaseResult {
  readonly environment: Environment;
  readonly translation: Translation;
  readonly status: readonly StatusDocument[];
  /** What was not in the folder but came with the dialect; its status is the same in every case. */
  readonly supplied: readonly Resource[];
  /** Those of the folder, then those of the dialect. */
  readonly findings: readonly Finding[];
}

const shared = join(import.meta.dirname, '../cases/shared');
const noRewrite = { hostname: null, path: null };
const gatewayKind = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };

/**
 * Reads a case's folder as `farside run` reads a person's, and translates it. `contour.yaml` is given to it as the
 * configuration file of Contour.
 */
export async function runCase(dialect: Dialect, folder: string): Promise<CaseResult> {
  const settings = readSettings(folder);
  const { objects, refused, findings } = await loadCase(folder);
  const path = join(folder, 'contour.yaml');
  const options = readDialectOptions(existsSync(path) ? { contourConfig: path } : {});
  const configuration = options[dialect.name]?.configuration ?? null;
  const result = translateObjects(dialect, objects, settings, refused, configuration);
  return { ...result, findings: [...findings, ...result.findings] };
}

/**
 * The objects of a case, and what the folder finds wrong with them. What `unchecked*.yaml` holds is as a cluster gives it
 * whose definitions are older than ours and let more in.
 */
export async function loadCase(folder: string): Promise<FolderSnapshot> {
  const files = (prefix: string): readonly string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(prefix) && name.endsWith('.yaml'))
      .sort()
      .map((name) => join(folder, name));
  const ofShared = (readSettings(folder).shared ?? []).map((name) => join(shared, `${name}.yaml`));
  const checked = await loadFolder([...files('input'), ...ofShared]);
  if (files('unchecked').length === 0) return checked;
  const unchecked = await loadFolder(files('unchecked'), { validate: acceptAnything });
  return { ...checked, objects: [...checked.objects, ...unchecked.objects] };
}

const acceptAnything: ValidateObject = (value) => ({ type: 'valid', object: value as KubernetesObject });

/** Translates objects under the assumptions of a case. */
export function translateObjects(
  dialect: Dialect,
  objects: readonly Resource[],
  settings: Settings = {},
  refused: readonly RefusedObject[] = [],
  configuration: Resource | null = null,
): CaseResult {
  const supplied = dialect.supply?.(new ResourceSet(objects)) ?? [];
  const resources = new ResourceSet([...objects, ...supplied], refused, null, settings.unserved ?? []);
  const environment: Environment = {
    addresses: addressesOf(resources.list(gatewayKind), dialect.dataPlanes?.(resources) ?? [], settings),
    ownDataPlanes: settings.ownDataPlanes ?? false,
    ...(settings.clusterAddresses === undefined ? {} : { clusterAddresses: settings.clusterAddresses }),
    portOffset: settings.portOffset ?? 0,
    now: settings.now ?? '2026-11-20T12:00:00Z',
    options: {
      [dialect.name]: {
        ...(configuration === null ? {} : { configuration }),
        compatible: settings.compatible ?? false,
      },
    },
  };
  const translation = dialect.translate(resources, environment);
  const { closed = {} } = settings;
  const status = translation.status({
    isOpen: (listener) => !Object.hasOwn(closed, listener),
    findings: closedFindings(translation, closed),
  });
  return { environment, translation, status, supplied, findings: translation.findings };
}

export function readSettings(folder: string): Settings {
  const path = join(folder, 'settings.yaml');
  return existsSync(path) ? (parse(readFileSync(path, 'utf8')) as Settings) : {};
}

function addressesOf(
  gateways: readonly Resource[],
  others: readonly string[],
  { addresses = {} }: Settings,
): Environment['addresses'] {
  const assigned = [...gateways.map(({ reference }) => `${reference.namespace}/${reference.name}`), ...others];
  return { ...Object.fromEntries(assigned.map((key) => [key, ['127.0.0.1']])), ...addresses };
}

/** One finding for each section of a listener that is closed for a reason, as a data plane tells it. */
function closedFindings({ model }: Translation, closed: NonNullable<Settings['closed']>): readonly Finding[] {
  return Object.entries(closed).flatMap(([id, told]) =>
    told === null
      ? []
      : (model.listeners[id]?.sections ?? []).map(
          ({ origin }): Finding => ({
            severity: 'error',
            ...told,
            remedy: 'free the port',
            origin,
          }),
        ),
  );
}

/**
 * A value as goldens show it: origins in one line, files relative to the case, modifications that modify nothing in a word,
 * and none of the times of this translation, which are all alike (the runner asserts it).
 */
export function forGolden(value: unknown, folder: string): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => {
      if (key === 'lastTransitionTime') return undefined;
      // Most cases have none.
      if (key === 'streams' && isDeepStrictEqual(each, {})) return undefined;
      if (isDeepStrictEqual(each, noModification) || isDeepStrictEqual(each, noRewrite)) return 'none';
      return isOrigin(each) ? describeOrigin(each, folder) : each;
    }),
  );
}

function isOrigin(value: unknown): value is Origin {
  return typeof value === 'object' && value !== null && 'field' in value && 'file' in value && 'column' in value;
}

function describeOrigin(origin: Origin, folder: string): string {
  const file = origin.file === null ? null : relative(folder, origin.file);
  return [describeObject(origin), origin.field, describePosition({ ...origin, file })]
    .filter((part) => part !== '')
    .join(' ');
}
