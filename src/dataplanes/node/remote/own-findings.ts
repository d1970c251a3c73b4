import type { Finding } from '../../../model/finding.ts';
import type { Model } from '../../../model/model.ts';
import type { ObjectReference, Origin } from '../../../model/origin.ts';

/**
 * Those of a pod's findings that are about what its data plane serves, or about no object. What a pod says ends in
 * statuses, and its credentials are a Secret in the namespace of its Gateway: who has them must not put words into the
 * statuses of others.
 *
 * @param model the part of the data plane
 */
export function ownFindings(findings: readonly Finding[], model: Model): readonly Finding[] {
  if (findings.length === 0) return findings;
  let own = known.get(model);
  if (own === undefined) {
    own = objectsOf(model);
    known.set(model, own);
  }
  return findings.filter(({ origin }) => origin.kind === '' || own.has(keyOf(origin)));
}

const known = new WeakMap<Model, ReadonlySet<string>>();

/** Every object that decided something in a model. */
function objectsOf(model: Model): ReadonlySet<string> {
  const keys = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      if (name === 'origin' && each !== null) keys.add(keyOf(each as Origin));
      else look(each);
    }
  };
  look(model);
  return keys;
}

const keyOf = ({ apiVersion, kind, namespace, name }: ObjectReference): string =>
  `${apiVersion} ${kind} ${namespace}/${name}`;
