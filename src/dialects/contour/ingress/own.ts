import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Ingress } from '../../../resources/core.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { classNameOf, defaultIngressClass, ownClassOf } from '../ingress-class.ts';
import { kinds } from '../names.ts';
import type { Settings } from '../settings.ts';
import type { OwnIngress } from './hosts.ts';

export interface OwnIngresses {
  readonly ingresses: readonly OwnIngress[];
  /** About those that are nobody's for certain. */
  readonly findings: readonly Finding[];
}

/**
 * The Ingresses of our classes. One without a class is the peer's own. In a cluster, where others serve Ingresses too, it is
 * ours only where that is asked for by name; who puts one into a folder wants it served.
 */
export function readOwnIngresses(resources: ResourceSet, settings: Settings): OwnIngresses {
  const ingresses: OwnIngress[] = [];
  const findings: Finding[] = [];
  for (const resource of resources.list<Ingress>(kinds.ingress)) {
    const { ingressClassName } = resource.object.spec;
    const ingressClass = ownClassOf(resource, ingressClassName, settings.ingressClasses);
    if (ingressClass === null) continue;
    const isOurs = classNameOf(resource, ingressClassName) !== '' || resource.provenance.file !== null;
    if (isOurs || settings.compatible) ingresses.push({ resource, ingressClass });
    else findings.push(nobodys(resource));
  }
  return { ingresses, findings };
}

function nobodys(resource: Resource): Finding {
  return {
    severity: 'info',
    reason: 'NoIngressClass',
    message: `${describeObject(resource.reference)} has no class, and may be anybody's: it is not served`,
    remedy: `set ingressClassName: ${defaultIngressClass}, or start farside with --compat contour`,
    origin: originOf(resource, 'spec'),
  };
}
