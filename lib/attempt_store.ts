/**
 * The SQL that a handler's attempt writes through: all of it fenced, so that a process that lost its run
 * (frozen past its lease, cancelled, timed out) changes nothing.
 */
import type { Clock } from "./clock.ts";
import type { AnySql, Json, Sql, Tx } from "./db/sql.ts";
import type { LogFields, LogLevel } from "./log.ts";
import type { Progress } from "./run.ts";
import type { Holding } from "./run_store.ts";

/**
 * Opens a fenced transaction: the run's row is held FOR KEY SHARE until it ends, which heartbeats pass and
 * what takes the run away does not; a process that freezes in it is cut off after `idleMs`. While it is
 * open its session bears the attempt's name, by which its statement can be cut.
 *
 * Returns the database's process id of the session; null when the attempt does not hold the run any more.
 */
export async function holdRun(tx: Tx, holding: Holding, idleMs: number): Promise<number | null> {
  const { id, attempt } = holding;
  const [held] = await tx<{ owned: boolean; pid: number }[]>`
    with run as (
      select id from job_runs
      where id = ${id} and attempt = ${attempt} and status = 'running'
      for key share
    )
    select set_config('idle_in_transaction_session_timeout', ${String(idleMs)}, true),
           set_config('application_name', ${sessionName(holding)}, true),
           pg_backend_pid() as pid,
           exists (select from run) as owned`;
  return held.owned ? held.pid : null;
}

/**
 * Cuts what open transactions of an attempt wait for, by their sessions' process ids; how many were there.
 *
 * A session bears the attempt's name to the end of its transaction, so one that is over, or whose number
 * another has by now, is not found. One that ends between being found and being cut would have the cut hit
 * what comes next on its connection: whoever has the connection lets no transaction end before the answer
 * is there (see `OpenTransactions`).
 */
export async function cutTransactions(
  sql: AnySql,
  holding: Holding,
  pids: number[],
): Promise<number> {
  const [{ found }] = await sql<{ found: number }[]>`
    select count(pg_cancel_backend(pid))::int as found
    from pg_stat_activity
    where datname = current_database()
      and pid = any(${pids})
      and application_name = ${sessionName(holding)}`;
  return found;
}

/**
 * Cuts what the open transaction of a run that another process performs waits for, if it keeps others waiting.
 *
 * Nobody here can hold that transaction open until the answer is there, so sessions are read last, and are cut as
 * they are read. For a cut to go wrong, the transaction would have to end just then, and its process to send
 * the connection's next statement before the signal; that one would fail, which the engine and its retries survive.
 */
export async function cutBlocking(sql: AnySql, runId: string): Promise<void> {
  await sql`
    with blocking as materialized (
      select distinct unnest(pg_blocking_pids(pid)) as pid
      from pg_locks
      where not granted
    )
    select pg_cancel_backend(a.pid)
    from blocking b
    cross join lateral pg_stat_get_activity(b.pid) a
    where a.datid = (select oid from pg_database where datname = current_database())
      and a.backend_type = 'client backend'
      and starts_with(a.application_name, ${runSessionName(runId)})`;
}

/** At most 63 bytes, or Postgres would shorten it. */
function sessionName({ id, attempt }: Holding): string {
  return runSessionName(id) + attempt;
}

function runSessionName(runId: string): string {
  return `edge-cron run ${runId}/`;
}

/** What a handler tells of its progress; `undefined` leaves a column as it is. */
export interface Notes {
  progress?: Progress;
  checkpoint?: Json;
  itemsDone?: number;
  itemsFailed?: number;
}

/** Writes progress and checkpoint for the attempt that still holds the run; false when it does not. */
export async function noteRun(
  sql: AnySql,
  { id, attempt }: Holding,
  notes: Notes,
): Promise<boolean> {
  const { progress, checkpoint, itemsDone, itemsFailed } = notes;
  const rows = await sql`
    update job_runs
    set progress = coalesce(${json(sql, progress)}::jsonb, progress),
        checkpoint = ${checkpoint === undefined ? sql`checkpoint` : json(sql, checkpoint)},
        items_done = coalesce(${itemsDone ?? null}::int, items_done),
        items_failed = coalesce(${itemsFailed ?? null}::int, items_failed)
    where id = ${id} and attempt = ${attempt} and status = 'running'
    returning id`;
  return rows.length > 0;
}

/**
 * The checkpoint of a run (null when it has none) that the attempt still holds; undefined when it does not.
 *
 * Waits for a transaction of the attempt that is being committed, though its connection is gone here.
 */
export async function readCheckpoint(
  sql: AnySql,
  { id, attempt }: Holding,
): Promise<Json | undefined> {
  const [run] = await sql<{ checkpoint: Json }[]>`
    select checkpoint from job_runs
    where id = ${id} and attempt = ${attempt} and status = 'running'
    for no key update`;
  return run?.checkpoint;
}

/** A line of a run's log. */
export interface LogLine {
  at: Date;
  level: LogLevel;
  message: string;
  fields: LogFields | null;
}

/** Appends lines in their order; false when the attempt does not hold the run any more. */
export async function appendLogs(
  sql: AnySql,
  { id, attempt }: Holding,
  lines: LogLine[],
): Promise<boolean> {
  const [{ owned }] = await sql<{ owned: boolean }[]>`
    with run as (
      select id from job_runs
      where id = ${id} and attempt = ${attempt} and status = 'running'
      for no key update
    ),
    written as (
      insert into run_logs (run_id, seq, attempt, at, level, message, fields)
      select run.id,
             (select coalesce(max(seq), 0) from run_logs where run_id = run.id) + l.place,
             ${attempt}, l.at, l.level, l.message, l.fields::jsonb
      from run, unnest(
        ${lines.map(({ at }) => at.toISOString())}::timestamptz[],
        ${lines.map(({ level }) => level)}::text[],
        ${lines.map(({ message }) => message)}::text[],
        ${lines.map(({ fields }) => fields && JSON.stringify(fields))}::text[]
      ) with ordinality as l(at, level, message, fields, place)
    )
    select exists (select from run) as owned`;
  return owned;
}

/**
 * How many lines of an attempt are kept.
 *
 * Waits for an `appendLogs` of the attempt that is under way, though its connection is gone here: a statement
 * of its own sees what that one wrote.
 */
export async function countLogs(tx: Tx, { id, attempt }: Holding): Promise<number> {
  await tx`select from job_runs where id = ${id} for no key update`;
  const [{ count }] = await tx<{ count: number }[]>`
    select count(*)::int as count from run_logs where run_id = ${id} and attempt = ${attempt}`;
  return count;
}

/** Records items that failed, or that a retry has done after all (`error` null); a failure in the same walk stands. */
export async function recordItems(
  tx: Tx,
  clock: Clock,
  { id, attempt }: Holding,
  walk: number,
  items: { item: string; error: string | null }[],
): Promise<void> {
  await tx`
    insert into run_items (run_id, item, walk, status, error, attempt, at)
    select ${id}, i.item, ${walk}, case when i.error is null then 'success' else 'failed' end, i.error,
           ${attempt}, ${clock.now(tx)}
    from unnest(
      ${items.map(({ item }) => item)}::text[],
      ${items.map(({ error }) => error)}::text[]
    ) as i(item, error)
    order by i.item
    on conflict (run_id, item, walk) do update
    set status = excluded.status, error = excluded.error,
        attempt = excluded.attempt, at = excluded.at
    where excluded.status = 'failed'`;
}

/** One of the walks of a run through items: its calls of `forEach`, counted from 0. */
export interface RunWalk {
  runId: string;
  walk: number;
}

/** Names of the items that failed in a walk, in order: at most `limit` after a name (null: from the beginning). */
export async function readFailedItems(
  sql: AnySql,
  { runId, walk }: RunWalk,
  afterItem: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await sql<{ item: string }[]>`
    select item
    from run_items
    where run_id = ${runId}
      and walk = ${walk}
      and status = 'failed'
      and ${afterItem === null ? sql`true` : sql`item > ${afterItem}`}
    order by item
    limit ${limit}`;
  return rows.map(({ item }) => item);
}

/** How many items failed in a walk. */
export async function countFailedItems(
  sql: AnySql,
  { runId, walk }: RunWalk,
): Promise<number> {
  const [{ count }] = await sql<{ count: number }[]>`
    select count(*)::int as count
    from run_items
    where run_id = ${runId}
      and walk = ${walk}
      and status = 'failed'`;
  return count;
}

/** Rows of a table that were changed. */
export interface TableCounts {
  inserted: number;
  updated: number;
  deleted: number;
}

/** A table as a transaction sees it. */
export interface TableState extends TableCounts {
  id: number;
  schema: string;
  table: string;
  /** Where its rows are kept; TRUNCATE gives it an empty file, and counts no row. */
  file: number;
}

/**
 * Every table, with the rows changed so far as this session's statistics have them.
 *
 * They still hold what earlier transactions of the session did: only the difference of two readings
 * inside one transaction tells what that transaction changed. The record of failed items is not the work's, and
 * temporary tables are nobody else's.
 */
export async function readTables(tx: Tx): Promise<TableState[]> {
  return await tx<TableState[]>`
    select c.oid as id, s.schemaname as schema, c.relname as table, c.relfilenode as file,
           s.n_tup_ins::int as inserted, s.n_tup_upd::int as updated, s.n_tup_del::int as deleted
    from pg_stat_xact_user_tables s
    join pg_class c on c.oid = s.relid
    where c.relkind = 'r'
      and c.relpersistence <> 't'
      and c.oid <> 'run_items'::regclass
    order by c.relname`;
}

/** The rows that a table has. */
export async function countRows(
  sql: Sql,
  { schema, table }: Pick<TableState, "schema" | "table">,
): Promise<number> {
  const [{ rows }] = await sql<{ rows: number }[]>`
    select count(*)::int as rows from ${sql(schema)}.${sql(table)}`;
  return rows;
}

function json(sql: AnySql, value: unknown) {
  return value === undefined || value === null ? null : sql.json(value as never);
}
