import { z } from "zod";
import type { Engine } from "../lib/engine_api.ts";
import { listRuns, type RunFilter, type RunPosition } from "../lib/history_store.ts";
import { RUN_STATUSES, RUN_TRIGGERS } from "../lib/run.ts";
import { instantField } from "../lib/instant.ts";
import { readRunPosition, timedPosition } from "./cursor_parts.ts";
import { listOf } from "./list_field.ts";
import { cursorField, cutPage, limitField, nextCursorField } from "./page.ts";
import { runSummarySchema, toRunSummary } from "./run_json.ts";

/** The filters of a list of runs, checked. */
export interface RunPageQuery extends Omit<RunFilter, "statuses" | "reasons" | "triggers"> {
  status?: RunFilter["statuses"];
  reason?: string[];
  trigger?: RunFilter["triggers"];
  limit: number;
  cursor?: RunPosition;
}

/** A page of runs, newest first. */
export async function readRunPage(engine: Engine, query: RunPageQuery) {
  const { status, reason, trigger, limit, cursor, ...rest } = query;
  const filter = { ...rest, statuses: status, reasons: reason, triggers: trigger };
  const found = await listRuns(engine.sql, filter, limit + 1, cursor ?? null);
  const { rows, next_cursor } = cutPage(found, limit, timedPosition);
  return { runs: rows.map(toRunSummary), next_cursor };
}

/** The query of a list of one job's runs. */
export const runsQuery = () => z.strictObject(filterFields());

/** The query of the list of all runs. */
export const allRunsQuery = () =>
  z.strictObject({
    job: listOf(z.string()).describe("Ids of jobs, parted by commas"),
    ...filterFields(),
  });

/** The schema of a page of runs. */
export const runPageSchema = () =>
  z.strictObject({ runs: z.array(runSummarySchema()), next_cursor: nextCursorField() });

const filterFields = () => ({
  status: listOf(z.enum(RUN_STATUSES)).describe(`Of ${RUN_STATUSES.join(", ")}; several by commas`),
  reason: listOf(z.string()).describe("Such as overlap, timeout, lost; several by commas"),
  trigger: listOf(z.enum(RUN_TRIGGERS))
    .describe(`Of ${RUN_TRIGGERS.join(", ")}; several by commas`),
  lost: z.enum(["true", "false"]).transform((text) => text === "true").optional()
    .describe("Whether an attempt was lost, though the run may have recovered since"),
  since: instantField().optional().describe("Created at this instant or later"),
  until: instantField().optional().describe("Created before this instant"),
  limit: limitField(50, 200),
  cursor: cursorField(readRunPosition),
});
