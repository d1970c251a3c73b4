import { createHash } from 'node:crypto';
import { goJson } from '../../src/resources/schema/go-text.ts';
import type { Answer } from './client.ts';
import type { Edit } from './edits.ts';

/** One object that a real API server was asked about, with its answer. */
export interface Case {
  /** The index of the object in tests/schema/bases.yaml, and how it was changed. */
  readonly base: number;
  readonly edit: Edit | null;
  readonly code: number;
  /** The message of a refusal. */
  readonly message?: string;
  /** The faults of a refusal, sorted: the server's own order changes from call to call. */
  readonly causes?: readonly string[];
  /** The digest of an accepted object: see `digest`. */
  readonly digest?: string;
}

/** Of the cases that change the same field and get the same answer, values aside, the first. */
export function distinctCases(cases: readonly Case[]): readonly Case[] {
  const kept = new Map<string, Case>();
  for (const each of cases) {
    const place = each.edit?.path.map((step) => (typeof step === 'number' ? '[]' : step)).join('.') ?? '';
    const answer = (each.causes?.join() ?? each.message ?? '').replace(/"(?:[^"\\]|\\.)*"|\d+/g, '?');
    const key = `${place} ${each.code} ${answer}`;
    if (!kept.has(key)) kept.set(key, each);
  }
  return [...kept.values()];
}

interface Cause {
  readonly field: string;
  readonly message: string;
}

export function recordedAnswer({ code, body }: Answer): Omit<Case, 'base' | 'edit'> {
  if (code < 300) return { code, digest: digest(body) };
  const message = String(body.message);
  const details = body.details as { readonly causes?: readonly Cause[] } | undefined;
  if (details?.causes === undefined) return { code, message };
  const causes = details.causes.map((cause) => `${cause.field}: ${cause.message}`).sort();
  // A message that lists several faults says nothing that the faults do not, and has no fixed order.
  return causes.length === 1 ? { code, message, causes } : { code, causes };
}

/** What the server adds to an object of its own accord, and a folder does not. */
const metadataOfServer = ['uid', 'creationTimestamp', 'resourceVersion', 'generation', 'managedFields', 'selfLink'];
const addressing = [
  'clusterIP',
  'clusterIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'internalTrafficPolicy',
  'externalTrafficPolicy',
  'allocateLoadBalancerNodePorts',
  'sessionAffinityConfig',
];

/** A short name for an object as it was accepted, without what only a server can add. */
export function digest(object: Readonly<Record<string, unknown>>): string {
  const metadata = omit(object.metadata as object, metadataOfServer);
  const rest = omit(object, ['apiVersion', 'metadata', 'status']);
  if (object.kind === 'Namespace') {
    delete rest.spec;
    metadata.labels = omit((metadata.labels as object | undefined) ?? {}, ['kubernetes.io/metadata.name']);
  }
  if (object.kind === 'Service') rest.spec = omit(rest.spec as object, addressing);
  const custom = String(object.apiVersion).startsWith('gateway.');
  const text = goJson({ ...(custom ? rest : (withoutEmpty(rest) as object)), metadata: withoutEmpty(metadata) });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function omit(object: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Go types print some of their empty parts as nothing, some as null, some as empty. */
function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutEmpty(item) ?? null);
  const members = Object.entries(value)
    .map(([key, member]) => [key, withoutEmpty(member)])
    .filter(([, member]) => member !== undefined && member !== '' && member !== false);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
