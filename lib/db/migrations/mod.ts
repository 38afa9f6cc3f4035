import type { Migration } from "../migrate.ts";

/**
 * Every migration, in the order of its number.
 *
 * A file that has run anywhere is never edited: what it got wrong, the next one puts right.
 */
export const migrations: readonly Migration[] = [];
