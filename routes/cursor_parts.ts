import { z } from "zod";
import { isUsable } from "../lib/instant.ts";
import type { ItemPosition } from "../lib/run_detail_store.ts";
import { isUuid } from "./run_id.ts";

/** A text that a cursor holds, such as an id. */
export function readText([text]: unknown[]): string | undefined {
  return typeof text === "string" ? text : undefined;
}

/** The name of a run's item and its walk; a cursor from before items had walks holds the name alone. */
export function readItemPosition([item, walk = MAX_SMALLINT]: unknown[]): ItemPosition | undefined {
  return z.tuple([z.string(), z.int().min(0).max(MAX_SMALLINT)]).safeParse([item, walk]).data;
}

const MAX_SMALLINT = 32_767;

/** A day, YYYY-MM-DD. */
export function readDay([day]: unknown[]): string | undefined {
  return z.iso.date().safeParse(day).data;
}

/** The id of a row whose column is a bigint. */
export function readRowId([id]: unknown[]): string | undefined {
  return rowId().safeParse(id).data;
}

/** A place in a list by time; ties are told apart by the id. */
export interface TimedPosition {
  createdAt: Date;
  id: string;
}

/** Where a list by time goes on after a row. */
export function timedPosition(row: { created_at: Date; id: string }): [ms: number, id: string] {
  return [row.created_at.getTime(), row.id];
}

/** The same of runs, from what a cursor holds. */
export function readRunPosition([ms, id]: unknown[]): TimedPosition | undefined {
  return isUuid(id) ? readTimed(ms, id) : undefined;
}

/** The same of rows whose id is a bigint. */
export function readRowPosition([ms, ...id]: unknown[]): TimedPosition | undefined {
  return readTimed(ms, readRowId(id));
}

function readTimed(ms: unknown, id: string | undefined): TimedPosition | undefined {
  if (typeof ms !== "number" || id === undefined) return undefined;
  const createdAt = new Date(ms);
  return isUsable(createdAt) ? { createdAt, id } : undefined;
}

/** What a bigint column takes. */
export function rowId() {
  return z.string().regex(/^[1-9]\d{0,17}$/, "must be the id of a row");
}

/** A user or bot of whom something is known. */
export function readEntity(parts: unknown[]): [type: string, id: string] | undefined {
  return z.tuple([z.string(), z.string()]).safeParse(parts).data;
}
