import { z } from "zod";
import type { ItemPosition } from "../lib/run_detail_store.ts";

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

/** What a bigint column takes. */
export function rowId() {
  return z.string().regex(/^[1-9]\d{0,17}$/, "must be the id of a row");
}

/** A user or bot of whom something is known. */
export function readEntity(parts: unknown[]): [type: string, id: string] | undefined {
  return z.tuple([z.string(), z.string()]).safeParse(parts).data;
}
