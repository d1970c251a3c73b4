import { dataPlaneOfClass } from '../../model/data-plane.ts';
import type { Finding } from '../../model/finding.ts';
import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { KeyMaterial, KeyPair, Model, Table } from '../../model/model.ts';
import type { Certificate, TrustBundle } from '../../model/tls.ts';
import type { HTTPProxy } from '../../resources/generated/contour-types.ts';
import type { Resource } from '../../resources/object.ts';
import { originOf, type ResourceSet } from '../../resources/set.ts';
import type { DialectOptions, Environment, Translation } from '../dialect.ts';
import { readSettings } from './configuration/index.ts';
import { extensionStatus, readExtensions } from './extension/extension-service.ts';
import { readGrants } from './grants.ts';
import { readIngress } from './ingress/hosts.ts';
import { readOwnIngresses } from './ingress/own.ts';
import { ingressStatus } from './ingress/status.ts';
import { defaultIngressClass, ownClassOf } from './ingress-class.ts';
import { assemble, type Place } from './listener/assemble.ts';
import { closedListeners } from './listener/open.ts';
import { dialectName, kinds } from './names.ts';
import { ProxyContext, type ProxyResource } from './proxy/context.ts';
import { type ReadHost, readHosts } from './proxy/root.ts';
import { proxyStatus } from './proxy/status.ts';
import { Secrets, type ServedCertificate } from './secret/secrets.ts';
import { BackendCollector, type ReachedBackends } from './service/backends.ts';
import type { Settings, StatusAddress } from './settings.ts';

/** Reads everything that Contour's objects say about traffic. The steps follow the references: roots, includes, services. */
export function translate(resources: ResourceSet, environment: Environment): Translation {
  const { now, portOffset } = environment;
  const configuration = readSettings(resources, environment.options?.[dialectName]);
  const { settings } = configuration;
  const secrets = new Secrets(resources, readGrants(resources), now);
  const backends = new BackendCollector(resources);
  const proxies = ownProxies(resources, settings);
  const context = new ProxyContext(resources, settings, secrets, backends, proxies);
  const ownIngresses = readOwnIngresses(resources, settings);
  const ingresses = ownIngresses.ingresses.map((each) => readIngress(context, each));
  const extensions = readExtensions(context);
  // In the order in which the peer reads them: of equal matches that of an HTTPProxy counts.
  const hosts = [...ingresses.flatMap((each) => each.hosts), ...readHosts(context)];
  const owners = [
    ...proxies.map((resource) => ({ resource, ingressClass: context.classOf(resource) })),
    ...ownIngresses.ingresses,
  ];
  const classes = [...new Set(owners.map(({ ingressClass }) => ingressClass))];
  const served = hosts.filter(({ ingressClass }) => placesOf(ingressClass, environment).length > 0);
  const assembled = classesByPlace(classes, environment).map((together) => {
    const [first] = together;
    const hostsOfPlace = served.filter(({ ingressClass }) => together.includes(ingressClass));
    return assemble(together.join('+'), hostsOfPlace, placesOf(first, environment), portOffset);
  });
  const routes = assembled.flatMap((each) => each.routes);
  const streams = assembled.flatMap((each) => each.streams);
  const reached = backends.reachedBy(
    routes,
    streams,
    extensions.flatMap((each) => each.backends),
  );
  const model: Model = {
    listeners: tableOf(assembled.flatMap(({ listeners }) => listeners)),
    virtualHosts: tableOf(assembled.flatMap(({ virtualHosts }) => virtualHosts)),
    routes: tableOf(routes),
    streams: tableOf(streams),
    backends: reached.backends,
    endpoints: reached.endpoints,
    certificates: { ...certificatesOf(served), ...reached.certificates },
    trustBundles: { ...trustOf(served), ...reached.trustBundles },
  };
  const notes = [
    ...ingresses.map((each) => each.notes),
    ...extensions.map((each) => each.notes),
    ...proxies.map((proxy) => context.notesOf(proxy)),
  ];
  return {
    model,
    keys: keysOf(served, reached),
    findings: [
      ...configuration.findings,
      ...ownIngresses.findings,
      ...notes.flatMap((each) => each.findings),
      ...assembled.flatMap(({ findings }) => findings),
      ...secrets.warnings,
      ...backends.findings,
      ...classes.flatMap((each) => withoutAddress(each, owners, environment)),
    ],
    status: (applied) => {
      const closed = closedListeners(model.listeners, applied);
      return [
        ...configuration.status(now),
        ...extensions.map((each) => extensionStatus(each, now)),
        ...ingresses.map((each) => ingressStatus(each, addressesOf(each.ingressClass, settings, environment))),
        ...proxies.map((proxy) =>
          proxyStatus(
            context.notesOf(proxy).with(closed(proxy.reference)),
            addressesOf(context.classOf(proxy), settings, environment),
            now,
          ),
        ),
      ];
    },
  };
}

/** The data planes of the classes that have objects. */
export function readDataPlanes(resources: ResourceSet, options?: DialectOptions): readonly string[] {
  const { settings } = readSettings(resources, options);
  const classes = [
    ...ownProxies(resources, settings).map(
      (proxy) => ownClassOf(proxy, proxy.object.spec.ingressClassName, settings.ingressClasses) ?? defaultIngressClass,
    ),
    ...readOwnIngresses(resources, settings).ingresses.map(({ ingressClass }) => ingressClass),
  ];
  return [...new Set(classes)].map(dataPlaneOfClass);
}

/** Classes that are served in the same place, such as the one address of a folder, have their listeners in common. */
function classesByPlace(
  classes: readonly string[],
  environment: Environment,
): readonly (readonly [string, ...string[]])[] {
  const groups = new Map<string, [string, ...string[]]>();
  for (const each of classes) {
    const key = JSON.stringify(placesOf(each, environment));
    const others = groups.get(key);
    if (others === undefined) groups.set(key, [each]);
    else others.push(each);
  }
  return [...groups.values()];
}

function ownProxies(resources: ResourceSet, { ingressClasses }: Settings): readonly ProxyResource[] {
  return resources
    .list<HTTPProxy>(kinds.httpProxy)
    .filter((proxy) => ownClassOf(proxy, proxy.object.spec.ingressClassName, ingressClasses) !== null);
}

/** The addresses that clients are told they reach a class by. */
function addressesOf(
  ingressClass: string,
  { statusAddresses }: Settings,
  environment: Environment,
): readonly StatusAddress[] {
  return statusAddresses ?? ownAddressesOf(ingressClass, environment).map(toStatusAddress);
}

/** A load balancer may be known by a name alone. */
const toStatusAddress = (address: string): StatusAddress =>
  canonicalIpAddress(address) === null ? { hostname: address } : { ip: address };

function ownAddressesOf(ingressClass: string, { addresses }: Environment): readonly string[] {
  const name = dataPlaneOfClass(ingressClass);
  return Object.hasOwn(addresses, name) ? (addresses[name] ?? []) : [];
}

/** Where the listeners of a class are opened: on whatever addresses its own data plane has, else on those it was given. */
function placesOf(ingressClass: string, environment: Environment): readonly Place[] {
  if (environment.ownDataPlanes) return [{ address: '::', dataPlane: dataPlaneOfClass(ingressClass) }];
  return ownAddressesOf(ingressClass, environment).map((address) => ({ address }));
}

function withoutAddress(
  ingressClass: string,
  owners: readonly { readonly resource: Resource; readonly ingressClass: string }[],
  environment: Environment,
): readonly Finding[] {
  if (placesOf(ingressClass, environment).length > 0) return [];
  const first = owners.find((owner) => owner.ingressClass === ingressClass)?.resource;
  if (first === undefined) return [];
  return [
    {
      severity: 'error',
      reason: 'AddressNotAssigned',
      message: `no address is left for what is of class ${ingressClass}`,
      effect: 'none of them is served',
      remedy: 'give the gateway more addresses',
      origin: originOf(first, ''),
    },
  ];
}

function certificatesOf(hosts: readonly ReadHost[]): Table<Certificate> {
  return tableOf(servedBy(hosts).map(({ certificate }) => certificate));
}

function servedBy(hosts: readonly ReadHost[]): readonly ServedCertificate[] {
  return hosts.flatMap(({ tls }) => {
    if (tls.type !== 'terminate') return [];
    return tls.fallback === null ? [tls.certificate] : [tls.certificate, tls.fallback.served];
  });
}

function trustOf(hosts: readonly ReadHost[]): Table<TrustBundle> {
  return tableOf(hosts.flatMap(({ tls }) => (tls.type === 'terminate' ? tls.trusted.map(({ bundle }) => bundle) : [])));
}

function keysOf(hosts: readonly ReadHost[], reached: ReachedBackends): KeyMaterial {
  const pairs = servedBy(hosts).map(({ certificate, pair }): [string, KeyPair] => [certificate.id, pair]);
  const pem = hosts.flatMap(({ tls }) =>
    tls.type === 'terminate' ? tls.trusted.map((each): [string, string] => [each.bundle.id, each.pem]) : [],
  );
  return {
    certificates: { ...Object.fromEntries(pairs), ...reached.pairs },
    trustBundles: { ...Object.fromEntries(pem), ...reached.pem },
  };
}

function tableOf<T extends { readonly id: string }>(values: readonly T[]): Table<T> {
  return Object.fromEntries(values.map((value) => [value.id, value]));
}
