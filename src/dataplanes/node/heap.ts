import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow by half before garbage is looked for, where V8 would let it grow to a multiple: a whole model is
 * made anew with each change, and what the last one left behind is not worth its memory. A flag that some later V8 does not
 * know changes nothing but that.
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
