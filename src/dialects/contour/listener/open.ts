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
    if (applied.isOpen(id)) continue;
    for (const { origin } of sections) {
      const known = notes.get(keyOf(origin));
      const note = closed(id, origin, applied);
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

const keyOf = ({ kind, namespace, name }: ObjectReference): string => `${kind} ${namespace}/${name}`;
