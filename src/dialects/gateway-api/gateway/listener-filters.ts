import type { Authorization } from '../../../model/authorization.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Gateway, Listener, ListenerSet } from '../../../resources/generated/types.ts';
import { type GroupKind, groupOf, type Resource } from '../../../resources/object.ts';
import { placeExternalAuth, type ReadExternalAuth, readExternalAuth } from '../route/external-auth.ts';
import { type Fault, findingOf } from '../route/fault.ts';
import { readBackendRef } from '../service/backend-ref.ts';
import type { BackendCollector } from '../service/backends.ts';
import type { ServedListener } from './assemble.ts';
import type { ListenerContext } from './listener.ts';

/** The filters of a listener (GEP-5224) as they read by themselves. */
export interface ReadListenerFilters {
  readonly filters: readonly ReadExternalAuth[];
  /** A filter that cannot be had as it is stated: the listener is not accepted, since requests would pass without it. */
  readonly problems: readonly Finding[];
  /** References that lead nowhere: every request is answered with 500. */
  readonly unresolved: readonly Finding[];
}

/** Reads the filters of a listener that stands at `field` of a Gateway or a ListenerSet. */
export function readListenerFilters(
  { resources, grants }: Pick<ListenerContext, 'resources' | 'grants'>,
  owner: Resource<Gateway | ListenerSet>,
  { filters: stated }: Listener,
  field: string,
): ReadListenerFilters {
  const { apiVersion, kind } = owner.reference;
  const from: GroupKind = { group: groupOf(apiVersion), kind };
  const filters: ReadExternalAuth[] = [];
  const problems: Finding[] = [];
  const unresolved: Finding[] = [];
  for (const [index, { type, externalAuth }] of (stated?.requests ?? []).entries()) {
    const name = `filters.requests[${index}]`;
    const at = `${field}.${name}`;
    const named = (fault: Fault, effect: string): Finding =>
      findingOf(owner, { ...fault, message: `${name}: ${fault.message}`, effect });
    if (type !== 'ExternalAuth' || externalAuth === undefined) {
      const message = `filter ${type} is not supported by this version`;
      const remedy = 'remove the filter, or give the listener to another gateway';
      const fault = { reason: 'UnsupportedValue', message, remedy, field: `${at}.type` };
      problems.push(named(fault, 'the listener is not served, because requests would pass without it'));
      continue;
    }
    const resolve = (ref: typeof externalAuth.backendRef, where: string) =>
      readBackendRef(resources, grants, owner, from, ref, where);
    const { read, faults } = readExternalAuth(externalAuth, resolve, `${at}.externalAuth`);
    filters.push(read);
    for (const fault of faults) {
      problems.push(named(fault, 'the listener is not served, because requests would pass without it'));
    }
    if (read.ref.type === 'invalid') {
      const { fault } = read.ref;
      const reason = fault.reason === 'RefNotPermitted' ? fault.reason : 'InvalidListenerFilterRef';
      unresolved.push(named({ ...fault, reason }, 'every request to the listener is answered with 500'));
    }
  }
  return { filters, problems, unresolved };
}

/** Who is asked by a listener that is served. */
export function placeListenerFilters(
  { gateway, listener }: ServedListener,
  backends: BackendCollector,
): readonly Authorization[] {
  const { owner, stated } = listener;
  const way = {
    gateway: gateway.resource,
    // A section of the Gateway: what names one never means the listener of a ListenerSet.
    listener: owner === gateway.resource ? stated.name : '',
    route: owner,
    ruleName: '',
  };
  return placeExternalAuth(owner, listener.filters, way, backends).authorization;
}
