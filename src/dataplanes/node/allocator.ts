import { createRequire } from 'node:module';

type Foreign = typeof import('node:ffi');

/**
 * The part of the GNU C library that gives free memory back to the system, malloc_trim(3); null where there is none: another
 * C library, or a Node without `node:ffi`. The allocator returns only what is free at the end of its heap, and a single
 * connection that lives there keeps the memory of a thousand that have ended.
 */
export function allocatorTrim(): (() => void) | null {
  try {
    const { dlopen } = createRequire(import.meta.url)('node:ffi') as Foreign;
    const { functions } = dlopen(null, { malloc_trim: { arguments: ['u64'], return: 'i32' } });
    const { malloc_trim: trim } = functions;
    return () => {
      trim(0n);
    };
  } catch {
    // Nothing is lost but memory.
    return null;
  }
}
