import type { Finding } from '../../model/finding.ts';
import { nowhere } from '../../model/origin.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import { originOf, type ResourceSet } from '../../resources/set.ts';
import type { UnservedKind } from '../../resources/unserved.ts';
import type { Environment } from '../dialect.ts';
import { describeProblems, type Verdict } from './condition.ts';
import { experimentalGroup, gatewayGroup, kinds } from './names.ts';

/** The release of the Gateway API whose definitions Farside follows. */
const followed = { major: 1, minor: 7 };
/** The first release with a BackendTLSPolicy (v1alpha3) and a GRPCRoute (v1) that are read. */
const oldest = { major: 1, minor: 1 };

/** Annotation of the CustomResourceDefinitions: the release that they are from (`v1.7.0`). */
const bundleVersion = 'gateway.networking.k8s.io/bundle-version';
/** Annotation of the CustomResourceDefinitions: `standard` or `experimental`. */
const bundleChannel = 'gateway.networking.k8s.io/channel';

/** Which of the Gateway API's definitions are there, and whether they are ones that are known here. */
export interface ReadVersions {
  /** The condition SupportedVersion of every GatewayClass of ours. */
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/**
 * Judges the definitions by their annotations, as the specification of `SupportedVersion` asks, and by the versions that
 * they serve. What can be read of others is served as well as may be. A folder has no definitions: its objects are held
 * to those of the release that is followed.
 */
export function readVersions(resources: ResourceSet): ReadVersions {
  const definitions = resources
    .list<KubernetesObject>(kinds.definition)
    .filter(({ reference }) => [gatewayGroup, experimentalGroup].some((group) => reference.name.endsWith(`.${group}`)));
  const unread = resources.unserved.filter(({ group, served }) => isOurs(group) && served.length > 0).map(unreadKind);
  const unknown = unknownReleases(definitions);
  const problems = [...unread, ...unknown];
  const verdict: Verdict =
    problems.length === 0
      ? {
          type: 'SupportedVersion',
          status: 'True',
          reason: 'SupportedVersion',
          message: `Gateway API ${describeReleases(definitions)}`,
        }
      : {
          type: 'SupportedVersion',
          status: 'False',
          reason: 'UnsupportedVersion',
          message: describeProblems(problems),
        };
  return { verdict, findings: problems };
}

const isOurs = (group: string): boolean => group === gatewayGroup || group === experimentalGroup;

/** A kind whose objects nobody here sees, whatever is in them. */
function unreadKind({ group, kind, read, served }: UnservedKind): Finding {
  const protects = kind === kinds.backendTlsPolicy.kind;
  return {
    severity: 'error',
    reason: 'UnsupportedVersion',
    message: `the cluster serves ${kind} (${group}) only as ${served.join(', ')}, and what can be read is ${read.join(', ')}`,
    effect: protects
      ? `no ${kind} is in force: backends that they are to protect are sent plain HTTP`
      : `no ${kind} has an effect`,
    remedy: `install the definitions of Gateway API v${followed.major}.${followed.minor}`,
    origin: nowhere,
  };
}

/** One finding for each release that is not known, and one for definitions that tell none. */
function unknownReleases(definitions: readonly Resource<KubernetesObject>[]): readonly Finding[] {
  const byRelease = new Map<string, Resource<KubernetesObject>[]>();
  for (const definition of definitions) {
    const release = definition.object.metadata.annotations?.[bundleVersion] ?? '';
    if (isKnown(release)) continue;
    const others = byRelease.get(release);
    if (others === undefined) byRelease.set(release, [definition]);
    else others.push(definition);
  }
  return [...byRelease].flatMap(([release, those]): readonly Finding[] => {
    const [first] = those;
    if (first === undefined) return [];
    const names = those.map(({ reference }) => reference.name).join(', ');
    const what = release === '' ? `no release (annotation ${bundleVersion})` : `release ${release}`;
    return [
      {
        severity: 'warning',
        reason: 'UnsupportedVersion',
        message: `these definitions of the Gateway API tell ${what}, and v${oldest.major}.${oldest.minor} to v${followed.major}.${followed.minor} are known: ${names}`,
        effect: 'they are read as far as they are known',
        remedy: `install the definitions of Gateway API v${followed.major}.${followed.minor}`,
        origin: originOf(first, `metadata.annotations[${bundleVersion}]`),
      },
    ];
  });
}

function isKnown(release: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)\.\d+(?:-|$)/.exec(release) ?? [];
  if (Number(major) !== followed.major) return false;
  return Number(minor) >= oldest.minor && Number(minor) <= followed.minor;
}

/** `v1.7.0, experimental channel`; several where the definitions are of several. */
function describeReleases(definitions: readonly Resource<KubernetesObject>[]): string {
  const told = definitions.map(({ object }) => {
    const { [bundleVersion]: release = '', [bundleChannel]: channel = 'unknown' } = object.metadata.annotations ?? {};
    return `${release}, ${channel} channel`;
  });
  const distinct = [...new Set(told)].sort();
  return distinct.length === 0 ? `v${followed.major}.${followed.minor}.0, experimental channel` : distinct.join('; ');
}

/**
 * Whether addresses have a `routability` here (GEP-5093): data planes with Services, which have addresses of the cluster,
 * and definitions that let a status say so.
 */
export function servesRoutability(resources: ResourceSet, { ownDataPlanes }: Environment): boolean {
  if (!ownDataPlanes) return false;
  const definition = resources.get<KubernetesObject>(kinds.definition, '', `gateways.${gatewayGroup}`);
  const { [bundleVersion]: release = '', [bundleChannel]: channel = '' } =
    definition?.object.metadata.annotations ?? {};
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(release) ?? [];
  return channel === 'experimental' && Number(major) === 1 && Number(minor) >= 7;
}
