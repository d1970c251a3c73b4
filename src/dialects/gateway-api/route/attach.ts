import { describeObject } from '../../../model/origin.ts';
import type { ParentReference } from '../../../resources/generated/types.ts';
import type { GroupKind, KubernetesObject, Resource } from '../../../resources/object.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { allowsNamespace } from '../gateway/allowed-routes.ts';
import type { GatewayState, ListenerSetState, ListenerState } from '../gateway/state.ts';
import { intersectAll, type RouteHost } from '../hostname.ts';
import { kinds } from '../names.ts';
import type { Fault } from './fault.ts';

/** Every route kind states its parents and hosts in this way. */
export interface RouteObject extends KubernetesObject {
  readonly spec: {
    readonly hostnames?: readonly string[];
    readonly parentRefs?: readonly ParentReference[];
    readonly useDefaultGateways?: 'All' | 'None';
  };
}

/** One parentRef of a route that names a Gateway of ours, or a ListenerSet of one. */
export interface Parent {
  readonly ref: ParentReference;
  readonly index: number;
  readonly gateway: GatewayState;
  /** The Gateway or ListenerSet that is named. */
  readonly owner: Resource;
  /** Empty exactly when there is a fault. */
  readonly attachments: readonly RouteAttachment[];
  /** Why the route cannot attach through this reference. */
  readonly fault: Fault | null;
}

/** A listener that lets a route in, and the hosts that they have in common. */
export interface RouteAttachment {
  readonly gateway: GatewayState;
  readonly listener: ListenerState;
  readonly hosts: readonly RouteHost[];
}

export interface ReadParents {
  readonly parents: readonly Parent[];
  /** References to Gateways that do not exist: nobody's status tells of them. */
  readonly faults: readonly Fault[];
}

/** Finds the listeners that the parentRefs of a route attach it to. */
export function readParents(
  resources: ResourceSet,
  gateways: ReadonlyMap<string, GatewayState>,
  route: Resource<RouteObject>,
  kind: GroupKind,
): ReadParents {
  const parents: Parent[] = [];
  const faults: Fault[] = [];
  for (const [index, ref] of (route.object.spec.parentRefs ?? []).entries()) {
    // Other parents belong to others: a Service to a mesh.
    const named = [kinds.gateway, kinds.listenerSet].find((each) => isSame(ref, each));
    if (named === undefined) continue;
    const namespace = ref.namespace ?? route.reference.namespace;
    const key = `${namespace}/${ref.name}`;
    const owner = named === kinds.gateway ? gatewayOwner(gateways.get(key)) : listenerSetOwner(gateways, key);
    if (owner !== undefined) {
      parents.push(readParent(resources, owner, route, kind, ref, index));
    } else if (resources.get(named, namespace, ref.name) === undefined) {
      faults.push({
        severity: 'warning',
        reason: 'ParentNotFound',
        message: `${named.kind} ${key} does not exist`,
        effect: `${describeObject(route.reference)} is not served by it`,
        remedy: `create the ${named.kind}, or correct the reference`,
        field: `spec.parentRefs[${index}].name`,
      });
    }
  }
  return { parents, faults };
}

function readParent(
  resources: ResourceSet,
  { gateway, resource: owner, listeners, refused }: ParentOwner,
  route: Resource<RouteObject>,
  kind: GroupKind,
  ref: ParentReference,
  index: number,
): Parent {
  const field = `spec.parentRefs[${index}]`;
  const name = describeObject(owner.reference);
  const detached = (reason: string, message: string, remedy: string, at: string): Parent => ({
    ref,
    index,
    gateway,
    owner,
    attachments: [],
    fault: { reason, message, effect: 'the route is not served by it', remedy, field: at },
  });

  if (refused !== null) {
    return detached(
      'NotAllowedByListeners',
      `${name} is not attached to Gateway ${gateway.key}`,
      `have the Gateway take it: ${refused.remedy}`,
      field,
    );
  }
  const selected = listeners.filter(
    ({ stated }) =>
      (ref.sectionName === undefined || stated.name === ref.sectionName) &&
      (ref.port === undefined || stated.port === ref.port),
  );
  if (selected.length === 0) {
    const asked = [
      ...(ref.sectionName === undefined ? [] : [`named "${ref.sectionName}"`]),
      ...(ref.port === undefined ? [] : [`on port ${ref.port}`]),
    ].join(' and ');
    const known = listeners.map(({ stated }) => `${stated.name} (${stated.port})`).join(', ');
    return detached(
      'NoMatchingParent',
      `${name} has no listener ${asked}; it has ${known}`,
      'correct sectionName or port',
      ref.sectionName === undefined ? `${field}.port` : `${field}.sectionName`,
    );
  }

  const { namespace } = route.reference;
  const ofKind = selected.filter((listener) => listener.kinds.some((each) => isSame(each, kind)));
  const allowing = ofKind.filter(({ stated }) =>
    allowsNamespace(resources, stated.allowedRoutes, owner.reference.namespace, namespace),
  );
  if (allowing.length === 0) {
    const cause = ofKind.length === 0 ? `${kind.kind}s` : `routes of namespace ${namespace}`;
    return detached(
      'NotAllowedByListeners',
      `no selected listener of ${name} lets ${cause} attach`,
      `allow them in spec.listeners[].allowedRoutes.${ofKind.length === 0 ? 'kinds' : 'namespaces'} of ${name}`,
      field,
    );
  }

  const attachments: RouteAttachment[] = [];
  for (const listener of allowing) {
    const hosts = intersectAll(listener.hostname, route.object.spec.hostnames ?? []);
    if (hosts.length > 0) attachments.push({ gateway, listener, hosts });
  }
  if (attachments.length === 0) {
    const hostnames = allowing.map((listener) => listener.hostname).join(', ');
    return detached(
      'NoMatchingListenerHostname',
      `no hostname of the route is one of ${name}, whose listeners serve ${hostnames}`,
      'add a hostname that the listeners serve',
      'spec.hostnames',
    );
  }
  return { ref, index, gateway, owner, attachments, fault: null };
}

/** What a parentRef names: its listeners are the ones that the route may attach to. */
interface ParentOwner {
  readonly gateway: GatewayState;
  readonly resource: Resource;
  readonly listeners: readonly ListenerState[];
  readonly refused: ListenerSetState['refused'];
}

function gatewayOwner(gateway: GatewayState | undefined): ParentOwner | undefined {
  return gateway === undefined
    ? undefined
    : { gateway, resource: gateway.resource, listeners: gateway.listeners, refused: null };
}

function listenerSetOwner(gateways: ReadonlyMap<string, GatewayState>, key: string): ParentOwner | undefined {
  for (const gateway of gateways.values()) {
    const set = gateway.listenerSets.find((each) => each.key === key);
    if (set !== undefined) return { gateway, ...set };
  }
  return undefined;
}

const isSame = (a: GroupKind, b: GroupKind): boolean => a.group === b.group && a.kind === b.kind;
