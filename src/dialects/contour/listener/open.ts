import type { Finding } from '../../../model/finding.ts';
import type { Listener, ListenerSection } from '../../../model/listener.ts';
import type { Table } from '../../../model/model.ts';
import type { Resource } from '../../../resources/object.ts';
import type { DataPlaneFacts } from '../../dialect.ts';
import type { Note } from '../notes.ts';

/** The listeners that an object is to be served on and that are not open, as errors of the object. */
export function closedListeners(
  { reference }: Resource,
  listeners: Table<Listener>,
  applied: DataPlaneFacts,
): readonly Note[] {
  const isOwn = ({ origin }: ListenerSection): boolean =>
    origin.kind === reference.kind && origin.namespace === reference.namespace && origin.name === reference.name;
  return Object.values(listeners).flatMap(({ id, sections }): readonly Note[] => {
    const own = sections.find(isOwn);
    if (own === undefined || applied.isOpen(id)) return [];
    const cause = applied.findings.find(({ origin }) => isSameOrigin(origin, own.origin));
    return [
      {
        type: 'ListenerError',
        reason: cause?.reason ?? 'ListenerNotOpen',
        message: cause === undefined ? `${id} is not open` : `${id} is not open: ${cause.message}`,
        remedy: cause?.remedy ?? 'wait until the data plane has taken up the configuration',
        field: 'spec',
      },
    ];
  });
}

function isSameOrigin(a: Finding['origin'], b: Finding['origin']): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name && a.field === b.field;
}
