/** The SQL that reads what a run left behind: its log lines and its items. */
import type { Json, Sql } from "./db/sql.ts";
import type { LogLevel } from "./log.ts";
import type { RunStatus } from "./run.ts";

/** A row of `run_logs`; `seq` counts from 1 within the run. */
export interface LogRow {
  seq: number;
  attempt: number;
  at: Date;
  level: LogLevel;
  message: string;
  fields: Json | null;
}

/** A row of `run_items`. */
export interface ItemRow {
  item: string;
  /** In which of the handler's calls of `forEach`, counted from 0. */
  walk: number;
  status: "success" | "failed";
  error: string | null;
  attempt: number;
  at: Date;
}

/** What narrows a choice of log lines. */
export interface LogFilter {
  levels: readonly LogLevel[];
  /** In the message or its fields, in capitals or not; empty: any. */
  text: string;
}

/** At most `limit` log lines of a run after a `seq` that fit a filter, in order. */
export function listLogs(
  sql: Sql,
  runId: string,
  afterSeq: number,
  limit: number,
  filter?: LogFilter,
): Promise<LogRow[]> {
  const fits = (of: LogFilter) =>
    sql`level = any(${[...of.levels]}::text[])
      and position(lower(${of.text}) in lower(concat_ws(' ', message, fields))) > 0`;
  return sql<LogRow[]>`
    select seq, attempt, at, level, message, fields
    from run_logs
    where run_id = ${runId}
      and seq > ${afterSeq}
      and ${filter ? fits(filter) : sql`true`}
    order by seq
    limit ${limit}`;
}

/** Where a list of items goes on: after an item's name, and after its walk when the name stands in several. */
export type ItemPosition = [item: string, walk: number];

/** At most `limit` items of a run after a position (null: from the beginning), by name, then walk. */
export function listItems(
  sql: Sql,
  runId: string,
  status: ItemRow["status"] | undefined,
  after: ItemPosition | null,
  limit: number,
): Promise<ItemRow[]> {
  return sql<ItemRow[]>`
    select item, walk, status, error, attempt, at
    from run_items
    where run_id = ${runId}
      and ${status ? sql`status = ${status}` : sql`true`}
      and ${after === null ? sql`true` : sql`(item, walk) > (${after[0]}, ${after[1]}::smallint)`}
    order by item, walk
    limit ${limit}`;
}

/** How many items of a run have a status. */
export async function countItems(
  sql: Sql,
  runId: string,
  status: ItemRow["status"],
): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from run_items
    where run_id = ${runId}
      and status = ${status}`;
  return count;
}

/** The state of a run, for whoever only waits for its end; undefined when there is no such run. */
export async function readRunStatus(
  sql: Sql,
  runId: string,
): Promise<{ status: RunStatus; reason: string | null } | undefined> {
  const [run] = await sql<{ status: RunStatus; reason: string | null }[]>`
    select status, reason
    from job_runs
    where id = ${runId}`;
  return run;
}
