import type { Finding } from '../../../model/finding.ts';
import type { Namespace } from '../../../resources/core.ts';
import type {
  AllowedRoutes,
  LabelSelector,
  LabelSelectorMatchExpressions,
} from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { kinds } from '../names.ts';
import type { ListenerProtocol } from '../protocols.ts';

/** The kinds that a listener lets in, of those that are supported, and a finding for each that it asks for in vain. */
export function readKinds(
  owner: Resource,
  row: ListenerProtocol | undefined,
  { kinds: stated = [] }: AllowedRoutes,
  field: string,
): { readonly kinds: readonly GroupKind[]; readonly invalid: readonly Finding[] } {
  const supported = (row?.routeKinds ?? []).filter((each) => each.supported).map((each) => each.kind);
  if (stated.length === 0) return { kinds: supported, invalid: [] };
  const allowed: GroupKind[] = [];
  const invalid: Finding[] = [];
  for (const [index, asked] of stated.entries()) {
    const kind = supported.find((each) => each.group === asked.group && each.kind === asked.kind);
    if (kind !== undefined) {
      if (!allowed.includes(kind)) allowed.push(kind);
      continue;
    }
    const names = supported.map((each) => each.kind).join(', ');
    invalid.push({
      severity: 'error',
      reason: 'InvalidRouteKinds',
      message: `${asked.kind} of group "${asked.group}" cannot attach to a listener of protocol ${row?.protocol ?? 'unknown'}`,
      effect: 'no route of that kind is served on the listener',
      remedy: names === '' ? 'use another protocol' : `allow ${names}`,
      origin: originOf(owner, `${field}.kinds[${index}]`),
    });
  }
  return { kinds: allowed, invalid };
}

/** Tells whether routes of a namespace may attach to a listener (`allowedRoutes.namespaces`). */
export function allowsNamespace(
  resources: ResourceSet,
  { namespaces }: AllowedRoutes,
  gatewayNamespace: string,
  routeNamespace: string,
): boolean {
  switch (namespaces.from) {
    case 'All':
      return true;
    case 'Same':
      return gatewayNamespace === routeNamespace;
    case 'Selector':
      // The schema lets the selector be absent; nothing was selected then.
      return namespaces.selector !== undefined && selects(namespaces.selector, labelsOf(resources, routeNamespace));
    default:
      return false;
  }
}

/** The labels of a namespace. The API server sets its name; a folder may leave the Namespace out altogether. */
function labelsOf(resources: ResourceSet, name: string): Readonly<Record<string, string>> {
  const namespace = resources.get<Namespace>(kinds.namespace, '', name);
  return { ...namespace?.object.metadata.labels, 'kubernetes.io/metadata.name': name };
}

/** metav1.LabelSelector: everything that is stated must hold; what states nothing selects everything. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((expression) => holds(expression, labelOf(labels, expression.key)))
  );
}

function holds({ operator, values = [] }: LabelSelectorMatchExpressions, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      // The listener that has it is refused (`selectorFault`).
      return false;
  }
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** The first expression that is no label selector, or null. The definition of the kind does not check them. */
export function selectorFault(selector: LabelSelector | undefined): { field: string; cause: string } | null {
  for (const [index, { operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
    const field = `matchExpressions[${index}]`;
    if (!operators.includes(operator)) {
      return { field: `${field}.operator`, cause: `operator "${operator}" is none of ${operators.join(', ')}` };
    }
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues !== values.length > 0) {
      return { field, cause: `operator ${operator} ${wantsValues ? 'needs values' : 'takes no values'}` };
    }
  }
  return null;
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
