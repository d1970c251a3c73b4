import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import { bySeniority } from '../../../policies/seniority.ts';
import type { Gateway, ListenerSet } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { keyOf, kinds } from '../names.ts';
import { allowsNamespace, selectorFault } from './allowed-routes.ts';
import { type ListenerContext, readListener } from './listener.ts';
import type { ListenerSetState } from './state.ts';

/** Reads the ListenerSets that name a Gateway as their parent (GEP-1713), in the order of precedence. */
export function readListenerSets(
  context: ListenerContext,
  gateway: Resource<Gateway>,
): { readonly listenerSets: readonly ListenerSetState[]; readonly warnings: readonly Finding[] } {
  const warnings: Finding[] = [];
  const named = context.resources.list<ListenerSet>(kinds.listenerSet).filter((set) => names(set, gateway));
  const listenerSets = [...named].sort(bySeniority).map((resource): ListenerSetState => {
    const key = keyOf(resource);
    const refused = refusalOf(context.resources, gateway, resource);
    if (refused !== null) return { resource, key, refused, listeners: [] };
    const reads = resource.object.spec.listeners.map((stated, index) =>
      readListener(context, gateway, stated, index, resource),
    );
    warnings.push(...reads.flatMap((read) => read.warnings));
    return { resource, key, refused, listeners: reads.map(({ listener }) => listener) };
  });
  return { listenerSets, warnings };
}

function names({ reference, object }: Resource<ListenerSet>, gateway: Resource<Gateway>): boolean {
  const { group, kind, name, namespace = reference.namespace } = object.spec.parentRef;
  return (
    group === kinds.gateway.group &&
    kind === kinds.gateway.kind &&
    name === gateway.reference.name &&
    namespace === gateway.reference.namespace
  );
}

/** A Gateway takes no ListenerSets unless it says so (`spec.allowedListeners`). */
function refusalOf(
  resources: ResourceSet,
  { reference, object }: Resource<Gateway>,
  set: Resource<ListenerSet>,
): Finding | null {
  const { from = 'None', selector } = object.spec.allowedListeners?.namespaces ?? {};
  const { namespace } = set.reference;
  // A selector that is none selects nothing.
  const isAllowed =
    from !== 'None' &&
    selectorFault(selector) === null &&
    allowsNamespace(
      resources,
      { namespaces: { from, ...(selector === undefined ? {} : { selector }) } },
      reference.namespace,
      namespace,
    );
  if (isAllowed) return null;
  return {
    severity: 'error',
    reason: 'NotAllowed',
    message: `${describeObject(reference)} takes no ListenerSets of namespace ${namespace}`,
    effect: `${describeObject(set.reference)} is not served`,
    remedy: 'allow them in spec.allowedListeners of the Gateway',
    origin: originOf(set, 'spec.parentRef'),
  };
}
