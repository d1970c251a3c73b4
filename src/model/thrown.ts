/** What was thrown, which need not be an error, as one. */
export const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** What was thrown, in its own words. */
export const messageOf = (thrown: unknown): string => errorOf(thrown).message;
