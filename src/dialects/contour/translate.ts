import type { Finding } from '../../model/finding.ts';
import type { KeyMaterial, KeyPair, Model, Table } from '../../model/model.ts';
import { describeObject } from '../../model/origin.ts';
import type { Certificate, TrustBundle } from '../../model/tls.ts';
import type { HTTPProxy } from '../../resources/generated/contour-types.ts';
import { originOf, type ResourceSet } from '../../resources/set.ts';
import type { Environment, Translation } from '../dialect.ts';
import { readGrants } from './grants.ts';
import { isOfOurClass } from './ingress-class.ts';
import { assemble } from './listener/assemble.ts';
import { kinds } from './names.ts';
import { ProxyContext, type ProxyResource } from './proxy/context.ts';
import { type ReadHost, readHosts } from './proxy/root.ts';
import { proxyStatus } from './proxy/status.ts';
import { Secrets, type ServedCertificate } from './secret/secrets.ts';
import { BackendCollector, type ReachedBackends } from './service/backends.ts';
import { readSettings } from './settings.ts';

/** Reads everything that Contour's objects say about traffic. The steps follow the references: roots, includes, services. */
export function translate(resources: ResourceSet, environment: Environment): Translation {
  const { now, portOffset, shared = [] } = environment;
  const settings = readSettings();
  const secrets = new Secrets(resources, readGrants(resources), now);
  const backends = new BackendCollector(resources);
  const proxies = resources
    .list<HTTPProxy>(kinds.httpProxy)
    .filter((proxy) => isOfOurClass(proxy, proxy.object.spec.ingressClassName, settings.ingressClasses));
  const context = new ProxyContext(resources, settings, secrets, backends, proxies);
  const hosts = readHosts(context);
  const served = shared.length === 0 ? [] : hosts;
  const { listeners, virtualHosts, routes, streams } = assemble(served, shared, portOffset);
  const reached = backends.reachedBy(routes, streams);
  const model: Model = {
    listeners: tableOf(listeners),
    virtualHosts: tableOf(virtualHosts),
    routes: tableOf(routes),
    streams: tableOf(streams),
    backends: reached.backends,
    endpoints: reached.endpoints,
    certificates: { ...certificatesOf(served), ...reached.certificates },
    trustBundles: { ...trustOf(served), ...reached.trustBundles },
  };
  const notes = proxies.map((proxy) => context.notesOf(proxy));
  return {
    model,
    keys: keysOf(served, reached),
    findings: [
      ...notes.flatMap((each) => each.findings),
      ...secrets.warnings,
      ...backends.findings,
      ...(shared.length === 0 ? withoutAddress(proxies) : []),
    ],
    status: () =>
      notes.map((each) =>
        proxyStatus(
          each,
          shared.map(({ address }) => address),
          now,
        ),
      ),
  };
}

/** One finding for all: they are served in one place, or nowhere. */
function withoutAddress(proxies: readonly ProxyResource[]): readonly Finding[] {
  return proxies.slice(0, 1).map((proxy) => ({
    severity: 'warning',
    reason: 'NotServed',
    message: 'HTTPProxies have no address that they are served on',
    effect: `${describeObject(proxy.reference)} and every other HTTPProxy is not served`,
    remedy: 'start farside with --address',
    origin: originOf(proxy, ''),
  }));
}

function certificatesOf(hosts: readonly ReadHost[]): Table<Certificate> {
  return tableOf(servedBy(hosts).map(({ certificate }) => certificate));
}

function servedBy(hosts: readonly ReadHost[]): readonly ServedCertificate[] {
  return hosts.flatMap(({ tls }) => {
    if (tls.type !== 'terminate') return [];
    return tls.fallback === null ? [tls.certificate] : [tls.certificate, tls.fallback];
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
