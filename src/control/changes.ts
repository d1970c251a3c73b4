import type { Model } from '../model/model.ts';

const nouns: readonly (readonly [keyof Model, string])[] = [
  ['listeners', 'listener'],
  ['virtualHosts', 'host'],
  ['routes', 'route'],
  ['backends', 'backend'],
  ['endpoints', 'endpoint set'],
  ['certificates', 'certificate'],
  ['trustBundles', 'trust bundle'],
];

/**
 * What changed from one model to the next, as people count it: `1 route added, 2 backends changed`. Empty where nothing
 * did. Compares by identity, so the next model must share the parts that are equal.
 */
export function describeChanges(previous: Model, next: Model): string {
  return nouns.flatMap(([table, noun]) => describeTable(previous[table], next[table], noun)).join(', ');
}

type Entries = Readonly<Record<string, unknown>>;

function describeTable(previous: Entries, next: Entries, noun: string): readonly string[] {
  if (previous === next) return [];
  const ids = Object.keys(next);
  let [added, changed] = [0, 0];
  for (const id of ids) {
    // What is the same one is known, and is nearly everything.
    if (previous[id] === next[id]) continue;
    if (Object.hasOwn(previous, id)) changed += 1;
    else added += 1;
  }
  const removed = Object.keys(previous).length + added - ids.length;
  const counts: readonly (readonly [number, string])[] = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ];
  return counts
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${count} ${noun}${count === 1 ? '' : 's'} ${verb}`);
}
