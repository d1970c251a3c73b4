import type { Finding } from '../../../model/finding.ts';
import { isHttpSection, type Listener } from '../../../model/listener.ts';
import type { KeyMaterial, Model, Table } from '../../../model/model.ts';
import type { Forward, Route } from '../../../model/route.ts';
import { tableOf } from '../../../model/table.ts';
import type { BackendTls } from '../../../model/tls.ts';
import type { Configuration } from '../delta.ts';
import { containerPort } from './container-port.ts';

/**
 * What each data plane needs of a configuration, by its name, and nothing of any other: its own listeners, and what can be
 * reached from them by the references of the model. Key material goes the same way, so a pod never holds another Gateway's
 * keys. Listeners are opened at the container's port, and keep their ids.
 */
export function partition(configuration: Configuration): ReadonlyMap<string, Configuration> {
  const own = new Map<string, Listener[]>();
  for (const listener of Object.values(configuration.model.listeners)) {
    const port = containerPort(listener.port);
    if (port === null || listener.dataPlane === undefined) continue;
    const listeners = own.get(listener.dataPlane);
    const opened = { ...listener, port };
    if (listeners === undefined) own.set(listener.dataPlane, [opened]);
    else listeners.push(opened);
  }
  return new Map([...own].map(([name, listeners]) => [name, reachedFrom(listeners, configuration)]));
}

/** Ports that a pod cannot open. */
export function checkPorts(model: Model): readonly Finding[] {
  return Object.values(model.listeners)
    .filter(({ port }) => containerPort(port) === null)
    .flatMap(({ port, sections }) =>
      sections.map(
        ({ origin }): Finding => ({
          severity: 'error',
          reason: 'PortUnavailable',
          message: `port ${port} is kept for the data plane's own use in its pods`,
          effect: `nothing is served on port ${port}`,
          remedy: 'choose a port below 64512',
          origin,
        }),
      ),
    );
}

function reachedFrom(listeners: readonly Listener[], { model, keys }: Configuration): Configuration {
  const sections = listeners.flatMap((listener) => listener.sections);
  const virtualHosts = pick(
    model.virtualHosts,
    sections.flatMap((section) => (isHttpSection(section) ? section.virtualHosts : [])),
  );
  const routes = pick(
    model.routes,
    Object.values(virtualHosts).flatMap((host) => host.routes),
  );
  const streams = pick(
    model.streams,
    sections.flatMap((section) => (isHttpSection(section) ? [] : section.streams.map(({ stream }) => stream))),
  );
  const backends = pick(model.backends, [
    ...Object.values(routes).flatMap(backendsOfRoute),
    ...sections.flatMap((section) => (isHttpSection(section) ? askedBy(section) : [])),
    ...Object.values(streams).flatMap(({ destinations }) =>
      destinations.flatMap((each) => (each.type === 'backend' ? [each.backend] : [])),
    ),
  ]);
  const reached = Object.values(backends);
  const tls = reached.flatMap(({ security }) => (security.type === 'tls' ? [security.tls] : []));
  const certificates = [
    ...sections.flatMap((section) => section.tls?.certificates ?? []),
    ...tls.flatMap(({ clientCertificate: { value } }) => (value === null ? [] : [value])),
  ];
  const trustBundles = [
    ...sections.flatMap((section) => section.tls?.clientValidation?.bundles ?? []),
    ...tls.flatMap(bundlesOf),
  ];
  const own: Model = {
    listeners: tableOf(listeners.map((listener) => [listener.id, listener])),
    virtualHosts,
    routes,
    streams,
    backends,
    endpoints: pick(
      model.endpoints,
      reached.map(({ endpoints }) => endpoints),
    ),
    certificates: pick(model.certificates, certificates),
    trustBundles: pick(model.trustBundles, trustBundles),
  };
  const ownKeys: KeyMaterial = {
    certificates: pick(keys.certificates, certificates),
    trustBundles: pick(keys.trustBundles, trustBundles),
  };
  return { model: own, keys: ownKeys };
}

function backendsOfRoute(route: Route): readonly string[] {
  const { action } = route;
  return [...(action.type === 'forward' ? [...destinationsOf(action), ...mirrorsOf(action)] : []), ...askedBy(route)];
}

const askedBy = ({ authorization = [] }: Pick<Route, 'authorization'>): readonly string[] =>
  authorization.flatMap((each) => (each.type === 'refuse' ? [] : [each.backend]));

const destinationsOf = ({ destinations }: Forward): readonly string[] =>
  destinations.flatMap((each) => (each.type === 'backend' ? [each.backend, ...mirrorsOf(each)] : []));

const mirrorsOf = ({ mirrors = [] }: Pick<Forward, 'mirrors'>): readonly string[] =>
  mirrors.map(({ backend }) => backend);

const bundlesOf = ({ verification: { value } }: BackendTls): readonly string[] =>
  value.type === 'bundles' ? value.bundles : [];

/** The named part of a table. Names that it does not have are left out, as they are in the whole. */
function pick<T>(table: Table<T>, ids: readonly string[]): Table<T> {
  const known = ids.filter((id) => Object.hasOwn(table, id));
  return tableOf(known.map((id) => [id, table[id] as T]));
}
