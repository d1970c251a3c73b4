import type { Ingress } from '../../../resources/core.ts';
import type { Resource } from '../../../resources/object.ts';
import { Notes } from '../notes.ts';
import type { ProxyContext } from '../proxy/context.ts';
import type { ReadHost } from '../proxy/root.ts';
import type { ReadRoute } from '../proxy/route-list.ts';
import { readAnnotations } from './annotations.ts';
import { readIngressRoute, type StatedPath } from './route.ts';
import { readIngressTls } from './tls.ts';

/** An Ingress of ours, and the class that it is served for. */
export interface OwnIngress {
  readonly resource: Resource<Ingress>;
  readonly ingressClass: string;
}

export interface ReadIngress extends OwnIngress {
  readonly notes: Notes;
  readonly hosts: readonly ReadHost[];
}

/**
 * Reads an Ingress: its rules host by host, its default backend for every host. A host that has TLS here and rules in
 * another Ingress is served with both, so that each host is told by itself.
 */
export function readIngress(context: ProxyContext, own: OwnIngress): ReadIngress {
  const { resource: ingress, ingressClass } = own;
  const notes = new Notes(ingress);
  const annotations = readAnnotations(notes, ingress);
  const tls = readIngressTls(context, notes, ingress, annotations);
  const routes = new Map<string, ReadRoute[]>([...tls.keys()].map((host) => [host, []]));
  for (const [host, paths] of pathsOf(ingress)) {
    const read = paths.flatMap((path) => readIngressRoute(context, notes, ingress, annotations, path) ?? []);
    routes.set(host, [...(routes.get(host) ?? []), ...read]);
  }
  const hosts = [...routes].map(
    ([fqdn, ofHost]): ReadHost => ({
      owner: ingress,
      ingressClass,
      fqdn,
      // TLS for every host has no server name to choose it by.
      tls: (fqdn === '' ? undefined : tls.get(fqdn)) ?? { type: 'none' },
      stream: null,
      routes: ofHost,
      cors: null,
    }),
  );
  return { ...own, notes, hosts };
}

/** The paths of each rule with its host, empty for every host; the default backend first, for rules to take its place. */
function pathsOf({ object }: Resource<Ingress>): readonly (readonly [string, readonly StatedPath[]])[] {
  const { defaultBackend, rules = [] } = object.spec;
  const every: StatedPath[] =
    defaultBackend === undefined
      ? []
      : [
          {
            ...{ path: '/', pathType: 'ImplementationSpecific', backend: defaultBackend },
            ...{ field: 'spec.defaultBackend', rule: -1, id: 'default' },
          },
        ];
  return [
    ['', every],
    ...rules.map(({ host = '', http }, rule): readonly [string, readonly StatedPath[]] => [
      host,
      (http?.paths ?? []).map(({ path = '', pathType, backend }, index) => ({
        ...{ path: path === '' ? '/' : path, pathType, backend },
        ...{ field: `spec.rules[${rule}].http.paths[${index}]`, rule, id: `${rule}/${index}` },
      })),
    ]),
  ];
}
