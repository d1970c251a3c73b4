import type { Finding } from '../../model/finding.ts';
import type { VirtualHost } from '../../model/listener.ts';
import type { KeyMaterial, KeyPair, Model, Table } from '../../model/model.ts';
import type { Route } from '../../model/route.ts';
import { tableOf } from '../../model/table.ts';
import type { Certificate, TrustBundle } from '../../model/tls.ts';
import type { GRPCRoute, HTTPRoute } from '../../resources/generated/types.ts';
import type { ResourceSet } from '../../resources/set.ts';
import type { Environment, StatusDocument, Translation } from '../dialect.ts';
import type { BackendTlsOutcome } from './backend-tls/contract.ts';
import { readBackendTls } from './backend-tls/index.ts';
import type { Verdict } from './condition.ts';
import { supportedFeatures } from './features.ts';
import { assembleListeners, assembleVirtualHosts, listenerIds, type ServedListener } from './gateway/assemble.ts';
import { findConflicts } from './gateway/conflicts.ts';
import { readGateways } from './gateway/gateway.ts';
import { placeListenerFilters } from './gateway/listener-filters.ts';
import { openPorts } from './gateway/open-ports.ts';
import { findOverlaps } from './gateway/overlap.ts';
import { allListeners, isServable, type ListenerState } from './gateway/state.ts';
import { type GatewayFacts, gatewayStatus, listenerSetStatus } from './gateway/status.ts';
import { gatewayClassStatus, readGatewayClasses } from './gateway-class.ts';
import { readGrants } from './grants.ts';
import { kinds } from './names.ts';
import { readParents } from './route/attach.ts';
import { type AttachedRoute, separateKinds } from './route/cross-kind.ts';
import { readGrpcRule } from './route/grpc-rule.ts';
import { type ReadHttpRoute, readHttpRoute } from './route/http-route.ts';
import { readRule } from './route/rule.ts';
import { findShadowed } from './route/shadow.ts';
import { isAccepted, routeStatus } from './route/status.ts';
import { assembleStreams, readStreamRoute, type StreamRouteObject } from './route/stream-route.ts';
import { BackendCollector } from './service/backends.ts';
import { findUnsupported } from './unsupported.ts';
import { findUnusedParameters } from './unused-parameters.ts';
import { readVersions, servesRoutability } from './versions.ts';

/** Reads everything that the Gateway API says about traffic. The steps follow the references: classes, Gateways, routes. */
export function translate(resources: ResourceSet, environment: Environment): Translation {
  const { portOffset, now } = environment;
  const grants = readGrants(resources);
  const classes = readGatewayClasses(resources, environment);
  const versions = readVersions(resources);
  const features = supportedFeatures(resources, environment);
  const { gateways, findings: ofGateways } = readGateways(
    { resources, grants, ...environment, reportsRoutability: servesRoutability(resources, environment) },
    classes,
  );
  const conflicts = findConflicts(gateways);
  const served: ServedListener[] = gateways
    .filter(({ isServed, places }) => isServed && places.length > 0)
    .flatMap((gateway) =>
      allListeners(gateway)
        .filter((listener) => isServable(listener) && !conflicts.has(listener))
        .map((listener) => ({ gateway, listener })),
    );

  const decisions = readBackendTls({
    resources,
    grants,
    environment,
    gateways: gateways.map(({ resource }) => resource),
  });
  const backends = new BackendCollector(resources, decisions);
  const servedListeners = new Set(served.map(({ listener }) => listener));
  const context = {
    resources,
    grants,
    gateways: new Map(gateways.map((gateway) => [gateway.key, gateway])),
    openPorts: new Map(gateways.map((gateway) => [gateway, openPorts(gateway, gateways, portOffset)])),
    isServed: (listener: ListenerState) => servedListeners.has(listener),
    backends,
  };
  const attached: readonly AttachedRoute[] = [
    ...resources.list<HTTPRoute>(kinds.httpRoute).map((resource) => ({
      resource,
      kind: kinds.httpRoute,
      read: readParents(resources, context.gateways, resource, kinds.httpRoute),
      readRules: () => resource.object.spec.rules.map((rule, index) => readRule(context, resource, rule, index)),
    })),
    ...resources.list<GRPCRoute>(kinds.grpcRoute).map((resource) => ({
      resource,
      kind: kinds.grpcRoute,
      read: readParents(resources, context.gateways, resource, kinds.grpcRoute),
      readRules: () =>
        (resource.object.spec.rules ?? []).map((rule, index) => readGrpcRule(context, resource, rule, index)),
    })),
  ];
  const routes = separateKinds(attached).map(({ resource, read, readRules }) =>
    readHttpRoute(context, resource, read, readRules),
  );

  const streamRoutes = [kinds.tlsRoute, kinds.tcpRoute, kinds.udpRoute].flatMap((kind) =>
    resources.list<StreamRouteObject>(kind).map((route) => readStreamRoute(context, route, kind)),
  );
  const streams = assembleStreams(streamRoutes.flatMap(({ placed }) => placed));

  const authorizations = new Map(served.map((entry) => [entry.listener, placeListenerFilters(entry, backends)]));

  const outcome = decisions.finish();
  const virtualHosts = assembleVirtualHosts(routes.flatMap(({ placed }) => placed));
  const listeners = assembleListeners(served, virtualHosts, streams.hosts, authorizations, portOffset);
  const modelRoutes = routes.flatMap((route) => route.routes);
  const model: Model = {
    listeners: byId(listeners),
    virtualHosts: byId<VirtualHost>([...virtualHosts.values()].flat()),
    routes: byId<Route>(modelRoutes),
    streams: byId(streams.streams),
    ...backends.reachedBy(modelRoutes, streams.streams, [...authorizations.values()].flat()),
    certificates: { ...outcome.certificates, ...certificatesOf(served) },
    trustBundles: { ...outcome.trustBundles, ...trustOf(served) },
  };

  const facts: GatewayFacts = {
    conflicts,
    overlaps: overlapsOf(served, portOffset),
    attached: countAttached([...routes, ...streamRoutes]),
    clientCertificateProblems: ({ resource }) => decisions.problemsOf(resource),
    portOffset,
    now,
  };
  const findings: readonly Finding[] = [
    ...versions.findings,
    ...[...classes.values()].flatMap(({ problems }) => problems),
    ...gateways.flatMap((gateway) => [
      ...gateway.problems,
      ...gateway.addressProblems,
      ...gateway.listenerSets.flatMap(({ refused }) => refused ?? []),
      ...allListeners(gateway).flatMap((listener) => [...listener.problems, ...listener.unresolved]),
    ]),
    ...conflicts.values(),
    ...ofGateways,
    ...routes.flatMap((route) => route.findings),
    ...streamRoutes.flatMap((route) => route.findings),
    ...streams.shadowed,
    ...findShadowed(model),
    ...backends.findings,
    ...outcome.findings,
    ...findUnusedParameters(resources, classes, gateways),
    ...findUnsupported(resources, (key) => context.gateways.has(key)),
  ];
  return {
    model,
    keys: keysOf(served, outcome),
    findings: distinct(findings),
    status: (applied) => [
      ...[...classes.values()].map((own) => gatewayClassStatus(own, versions.verdict, features, now)),
      ...gateways.flatMap((gateway) => [
        gatewayStatus(gateway, facts, applied),
        ...gateway.listenerSets.map((set) => listenerSetStatus(gateway, set, facts, applied)),
      ]),
      ...[...routes, ...streamRoutes].flatMap(({ state }): readonly StatusDocument[] => routeStatus(state, now)),
      ...outcome.statuses,
    ],
  };
}

/** What is said twice (a certificate that two listeners present expires) is told once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const told = new Map<string, Finding>();
  for (const finding of findings) {
    const { kind, namespace, name, field } = finding.origin;
    const key = [finding.reason, finding.message, kind, namespace, name, field].join(' ');
    if (!told.has(key)) told.set(key, finding);
  }
  return [...told.values()];
}

/** Overlaps among the listeners of each socket. */
function overlapsOf(served: readonly ServedListener[], portOffset: number): ReadonlyMap<ListenerState, Verdict> {
  const sockets = new Map<string, ListenerState[]>();
  for (const { gateway, listener } of served) {
    for (const id of listenerIds(gateway, listener, portOffset)) {
      const socket = sockets.get(id);
      if (socket === undefined) sockets.set(id, [listener]);
      else socket.push(listener);
    }
  }
  return new Map([...sockets.values()].flatMap((socket) => [...findOverlaps(socket)]));
}

/** `ListenerStatus.attachedRoutes`: routes that are attached and accepted, whether or not the listener is. */
function countAttached(routes: readonly Pick<ReadHttpRoute, 'state'>[]): ReadonlyMap<ListenerState, number> {
  const counts = new Map<ListenerState, number>();
  for (const { state } of routes) {
    const listeners = state.parents
      .filter((parent) => isAccepted(state, parent))
      .flatMap(({ parent }) => parent.attachments.map(({ listener }) => listener));
    for (const listener of new Set(listeners)) counts.set(listener, (counts.get(listener) ?? 0) + 1);
  }
  return counts;
}

function trustOf(served: readonly ServedListener[]): Table<TrustBundle> {
  return byId(served.flatMap(({ listener }) => listener.trust.flatMap(({ bundle }) => bundle ?? [])));
}

function pemOf(served: readonly ServedListener[]): Table<string> {
  const bundles = served.flatMap(({ listener }) => listener.trust);
  return Object.fromEntries(bundles.flatMap(({ bundle, pem }) => (bundle === null ? [] : [[bundle.id, pem]])));
}

function certificatesOf(served: readonly ServedListener[]): Table<Certificate> {
  return byId(served.flatMap(({ listener }) => listener.certificates.map(({ certificate }) => certificate)));
}

function keysOf(served: readonly ServedListener[], { keys }: BackendTlsOutcome): KeyMaterial {
  const pairs = served.flatMap(({ listener }) =>
    listener.certificates.map(({ certificate, pair }): [string, KeyPair] => [certificate.id, pair]),
  );
  return {
    certificates: { ...keys.certificates, ...Object.fromEntries(pairs) },
    trustBundles: { ...keys.trustBundles, ...pemOf(served) },
  };
}

function byId<T extends { readonly id: string }>(values: readonly T[]): Table<T> {
  return tableOf(values.map((value) => [value.id, value]));
}
