import type { Sql } from "../lib/db/sql.ts";

/** How much to load; weeks end with the UTC day before `until`. */
export interface SampleRequest {
  users: number;
  weeks: number;
  until: Date;
  /** Told how far loading is, in rows of the thing that is being loaded. */
  onProgress(progress: SampleProgress): void;
}

export type SampleProgress = { what: string; done: number; total: number };

/** Fills in a domain's part; what is there already stays, and nothing is added twice. Resolves to counts of rows. */
export type SampleLoader = (sql: Sql, request: SampleRequest) => Promise<Record<string, number>>;

/** A domain's part of the sample; its generators and word lists are read only when it is loaded. */
export interface Sample {
  name: string;
  loader: () => Promise<{ sample: SampleLoader }>;
}
