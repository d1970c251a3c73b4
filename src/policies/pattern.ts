import { RE2JS, RE2JSException } from 're2js';

/** Why a text is no RE2 pattern, or null. RE2 matches in linear time, so that no pattern can stall the gateway. */
export function patternFault(pattern: string): string | null {
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, '');
    throw error;
  }
}
