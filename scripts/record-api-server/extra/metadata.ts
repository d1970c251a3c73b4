import type { Edit } from '../edits.ts';

/** Metadata, which every kind has. */
export const metadataEdits: readonly Edit[] = [
  ...['', 'UPPER', 'a.b', 'a_b', '-a', 'a-', 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(253), 'a'.repeat(254)].map(
    (value) => ({ path: ['metadata', 'name'], value }),
  ),
  ...['a b', 'a/b/c', '/b', 'a/', 'A/b', 'a.example/b', 'x'.repeat(64), 'é'].flatMap((key) => [
    { path: ['metadata', 'labels'], value: { [key]: 'v' } },
    { path: ['metadata', 'annotations'], value: { [key]: 'v' } },
  ]),
  ...['a b', '-a', 'x'.repeat(63), 'x'.repeat(64), 'é', 5, true, null].map((value) => ({
    path: ['metadata', 'labels'],
    value: { key: value },
  })),
  ...['b', 'a b', 'x/y/z'].map((value) => ({ path: ['metadata', 'finalizers'], value: [value] })),
  { path: ['metadata', 'creationTimestamp'], value: '2026-01-02T03:04:05Z' },
  { path: ['metadata', 'creationTimestamp'], value: 'yesterday' },
  { path: ['metadata', 'creationTimestamp'], value: 5 },
  { path: ['metadata', 'generation'], value: 7 },
  { path: ['metadata', 'generation'], value: '7' },
  { path: ['metadata', 'ownerReferences'], value: [{}] },
  { path: ['metadata', 'ownerReferences'], value: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid: 'u', extra: 1 }] },
  { path: ['metadata', 'managedFields'], value: [{ manager: 'm', operation: 'Apply', bogus: 1 }] },
  { path: ['metadata'], value: 'text' },
  { path: ['metadata'], value: {} },
];
