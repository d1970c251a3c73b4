import type { Finding } from '../../../model/finding.ts';
import type { Gateway, Listener, ListenerSet } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { Grant } from '../../../resources/resolve.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { carriedProtocols, protocolOf } from '../protocols.ts';
import { readKinds, selectorFault } from './allowed-routes.ts';
import { readListenerFilters } from './listener-filters.ts';
import { type ListenerState, terminatesTls } from './state.ts';
import { readListenerTls } from './tls.ts';

export interface ListenerContext {
  readonly resources: ResourceSet;
  readonly grants: readonly Grant[];
  /** RFC 3339. */
  readonly now: string;
  readonly portOffset: number;
}

type Owner = Resource<Gateway | ListenerSet>;

/** Reads one listener by itself, which stands in a Gateway or in a ListenerSet of it. Warnings are about what is served all the same. */
export function readListener(
  context: ListenerContext,
  gateway: Resource<Gateway>,
  stated: Listener,
  index: number,
  owner: Owner = gateway,
): { readonly listener: ListenerState; readonly warnings: readonly Finding[] } {
  const field = `spec.listeners[${index}]`;
  const row = protocolOf(stated.protocol, stated.tls?.mode);
  const protocol = row?.carriedAs ?? null;
  const passthrough = protocol === 'TLS' && row?.tlsMode === 'Passthrough';
  const hostname = (stated.hostname ?? '').toLowerCase();
  const problems: Finding[] = [];
  if (protocol === null) problems.push(unsupportedProtocol(owner, stated, field));
  const routes = readKinds(owner, protocol === null ? undefined : row, stated.allowedRoutes, `${field}.allowedRoutes`);
  const filters = readListenerFilters(context, owner, stated, field);
  problems.push(
    ...portProblems(owner, stated, context.portOffset, field),
    ...selectorProblems(owner, stated, field),
    ...filters.problems,
  );
  const read = terminatesTls({ protocol, passthrough })
    ? readListenerTls(context, gateway, owner, stated, hostname, field)
    : { tls: null, certificates: [], trust: [], problems: [], unresolved: [], warnings: [] };
  problems.push(...read.problems);
  return {
    listener: {
      name: nameOf(gateway, owner, stated.name),
      owner,
      index,
      stated,
      hostname,
      protocol,
      passthrough,
      kinds: routes.kinds,
      tls: read.tls,
      certificates: read.certificates,
      trust: read.trust,
      filters: filters.filters,
      problems,
      // Kinds of a protocol that is not carried say nothing that its own refusal does not.
      unresolved: protocol === null ? [] : [...routes.invalid, ...read.unresolved, ...filters.unresolved],
    },
    warnings: read.warnings,
  };
}

function nameOf(gateway: Resource<Gateway>, owner: Owner, listener: string): string {
  const own = `${gateway.reference.namespace}/${gateway.reference.name}`;
  if (owner === gateway) return `${own}/${listener}`;
  const { kind, namespace, name } = owner.reference;
  return `${own}/${kind}/${namespace}/${name}/${listener}`;
}

function unsupportedProtocol(owner: Owner, { name, protocol, tls }: Listener, field: string): Finding {
  const mode = tls === undefined || protocol === 'HTTPS' ? '' : ` with TLS mode ${tls.mode}`;
  return {
    severity: 'error',
    reason: 'UnsupportedProtocol',
    message: `listener "${name}" asks for protocol ${protocol}${mode}, which is not supported by this version`,
    effect: 'the listener is not served',
    remedy: `use one of ${carriedProtocols}`,
    origin: originOf(owner, `${field}.protocol`),
  };
}

function portProblems(owner: Owner, { name, port }: Listener, offset: number, field: string): Finding[] {
  if (port + offset <= 65_535) return [];
  return [
    {
      severity: 'error',
      reason: 'PortUnavailable',
      message: `listener "${name}" would open port ${port} + ${offset}, and the highest port is 65535`,
      effect: 'the listener is not served',
      remedy: 'use a smaller port offset',
      origin: originOf(owner, `${field}.port`),
    },
  ];
}

function selectorProblems(owner: Owner, { name, allowedRoutes }: Listener, field: string): Finding[] {
  if (allowedRoutes.namespaces.from !== 'Selector') return [];
  const fault = selectorFault(allowedRoutes.namespaces.selector);
  if (fault === null) return [];
  return [
    {
      severity: 'error',
      reason: 'UnsupportedValue',
      message: `listener "${name}" has a namespace selector whose ${fault.cause}`,
      effect: 'the listener is not served',
      remedy: 'correct the selector',
      origin: originOf(owner, `${field}.allowedRoutes.namespaces.selector.${fault.field}`),
    },
  ];
}
