import type { Listener } from '../../../model/listener.ts';
import type { Table } from '../../../model/model.ts';
import type { ObjectReference, Origin } from '../../../model/origin.ts';
import type { DataPlaneFacts } from '../../dialect.ts';
import type { Note } from '../notes.ts';

/** What is to be said of an object because listeners are not open that it is to be served on. */
export type ClosedListeners = (owner: ObjectReference) => readonly Note[];

export function closedListeners(listeners: Table<Listener>, applied: DataPlaneFacts): ClosedListeners {
  const notes = new Map<string, Note[]>();
  for (const { id, sections } of Object.values(listeners)) {
    const isOpen = applied.isOpen(id);
    for (const { origin, hostname } of sections) {
      const known = notes.get(keyOf(origin));
      const note = isOpen ? taken(hostname, origin, applied) : closed(id, origin, applied);
      if (note === null) continue;
      if (known === undefined) notes.set(keyOf(origin), [note]);
      else if (known.every(({ message }) => message !== note.message)) known.push(note);
    }
  }
  return (owner) => notes.get(keyOf(owner)) ?? [];
}

function closed(id: string, origin: Origin, { findings }: DataPlaneFacts): Note {
  const cause = findings.find((each) => keyOf(each.origin) === keyOf(origin) && each.origin.field === origin.field);
  return {
    type: 'ListenerError',
    reason: cause?.reason ?? 'ListenerNotOpen',
    message: cause === undefined ? `${id} is not open` : `${id} is not open: ${cause.message}`,
    remedy: cause?.remedy ?? 'wait until the data plane has taken up the configuration',
    field: 'spec',
  };
}

/** Another dialect has the host. */
function taken(hostname: string, origin: Origin, { findings }: DataPlaneFacts): Note | null {
  const conflict = findings.find((each) => each.reason === 'HostnameConflict' && keyOf(each.origin) === keyOf(origin));
  if (conflict === undefined) return null;
  const { reason, message, remedy } = conflict;
  return { type: 'ListenerError', reason, message, remedy, field: hostname === '' ? 'spec' : 'spec.virtualhost.fqdn' };
}

const keyOf = ({ kind, namespace, name }: ObjectReference): string => `${kind} ${namespace}/${name}`;
