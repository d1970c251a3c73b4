import type { Finding } from '../../../model/finding.ts';
import type { Mirror } from '../../../model/route.ts';
import type { HTTPRequestMirrorFilter } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { ReadBackendRef } from '../service/backend-ref.ts';
import type { BackendCollector, PlacedBackend, Way } from '../service/backends.ts';
import { findingOf } from './fault.ts';
import type { ResolveBackendRef } from './filters.ts';

/** A RequestMirror filter as it reads by itself, before listeners add their part. */
export interface ReadMirror extends Pick<Mirror, 'numerator' | 'denominator'> {
  readonly ref: ReadBackendRef;
}

/** Without a share all requests are copied. The schema lets in one of `percent` and `fraction`. */
export function readMirror(
  { backendRef, percent, fraction }: HTTPRequestMirrorFilter,
  resolve: ResolveBackendRef,
  field: string,
): ReadMirror {
  const ref = resolve(backendRef, `${field}.backendRef`);
  if (fraction !== undefined) return { ref, numerator: fraction.numerator, denominator: fraction.denominator };
  return { ref, numerator: percent ?? 100, denominator: 100 };
}

/** What is wrong with the references of mirrors. The requests themselves are forwarded as ever. */
export function mirrorProblems(route: Resource, mirrors: readonly ReadMirror[]): readonly Finding[] {
  return mirrors.flatMap(({ ref }) =>
    ref.type === 'invalid' ? [findingOf(route, { effect: 'requests are not mirrored to it', ...ref.fault })] : [],
  );
}

/** The mirrors of one way to their backends. Those whose reference leads nowhere are left out, as the specification has it. */
export function placeMirrors(
  mirrors: readonly ReadMirror[],
  way: Way,
  backends: BackendCollector,
): { readonly mirrors: readonly Mirror[]; readonly placed: readonly PlacedBackend[] } {
  const placed: PlacedBackend[] = [];
  const result = mirrors.flatMap(({ ref, numerator, denominator }): readonly Mirror[] => {
    if (ref.type === 'invalid') return [];
    const backend = backends.place(ref.target, way);
    placed.push(backend);
    return [{ backend: backend.id, numerator, denominator }];
  });
  return { mirrors: result, placed };
}
