import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { describeCause } from './scan.ts';

/**
 * The text of a file, without a byte order mark, or why there is none, as the rest of a sentence that begins with the path.
 *
 * Synchronous on purpose: a thousand small files are read several times faster than a thousand promises are made for
 * them, and the process that reads carries no traffic.
 */
export function readBounded(path: string, limit: number): { readonly text: string } | { readonly problem: string } {
  let descriptor: number;
  try {
    // A named pipe that took the file's place must not block.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    return { problem: `cannot be opened: ${describeCause(cause)}` };
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { problem: 'is not a regular file' };
    if (stats.size > limit) return { problem: `is larger than ${limit} bytes` };
    return decode(readFileSync(descriptor));
  } catch (cause) {
    return { problem: `cannot be read: ${describeCause(cause)}` };
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Buffer): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8 text' };
  }
}
