import { assertEquals } from "@std/assert";
import { cleanupOldRuns } from "../../../jobs/system/cleanup_old_runs.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { ago, DAY_MS } from "../../support/learning_factories.ts";
import { resultOf, runJob } from "../../support/run_job.ts";

for (
  const { age, ms, kept } of [
    { age: "a millisecond under the retention period", ms: 30 * DAY_MS - 1, kept: true },
    { age: "exactly the retention period", ms: 30 * DAY_MS, kept: true },
    { age: "a millisecond over the retention period", ms: 30 * DAY_MS + 1, kept: false },
  ]
) {
  databaseTest(`a run that ended ${age} ago is ${kept ? "kept" : "deleted"}`, async ({ sql }) => {
    await addSchedule(sql, "mail");
    await addRun(sql, "mail", "old", { created: ago(ms), finished: ago(ms) });
    await addRun(sql, "mail", "new", { created: ago(DAY_MS) });

    const result = await resultOf(sql, cleanupOldRuns);

    assertEquals(result, {
      runs: kept ? 0 : 1,
      gaps: 0,
      alerts: 0,
      ended_sessions: 0,
      retention_days: 30,
    });
    assertEquals(await runs(sql), kept ? ["new", "old"] : ["new"]);
  });
}

databaseTest("the newest run of each row stays, however old", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await addSchedule(sql, "mail_at_night", "mail");
  await addRun(sql, "mail", "first", { created: ago(300 * DAY_MS) });
  await addRun(sql, "mail", "second", { created: ago(299 * DAY_MS) });
  await addRun(sql, "mail_at_night", "night one", { created: ago(400 * DAY_MS), job: "mail" });
  await addRun(sql, "mail_at_night", "night two", { created: ago(399 * DAY_MS), job: "mail" });

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.runs, 2);
  assertEquals(await runs(sql), ["night two", "second"]);
});

databaseTest("the newest run of a row's former job stays too", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await addRun(sql, "mail", "older", { created: ago(301 * DAY_MS), job: "post" });
  await addRun(sql, "mail", "of the old job", { created: ago(300 * DAY_MS), job: "post" });
  await addRun(sql, "mail", "of the new job", { created: ago(299 * DAY_MS) });

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.runs, 1);
  assertEquals(await runs(sql), ["of the new job", "of the old job"]);
});

databaseTest("the newest run that tells whether a row works stays beside it", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await addRun(sql, "mail", "success", { created: ago(303 * DAY_MS) });
  await addRun(sql, "mail", "failure", { created: ago(302 * DAY_MS), status: "failed" });
  await addRun(sql, "mail", "dry", { created: ago(301 * DAY_MS), dryRun: true });
  await addRun(sql, "mail", "skipped", { created: ago(300 * DAY_MS), status: "skipped" });

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.runs, 2);
  assertEquals(await runs(sql), ["failure", "skipped"]);
});

databaseTest("an active run stays, and one that ended lately", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await addRun(sql, "mail", "waiting", { created: ago(300 * DAY_MS), status: "pending" });
  await addRun(sql, "mail", "running", { created: ago(300 * DAY_MS), status: "running" });
  await addRun(sql, "mail", "slow", { created: ago(300 * DAY_MS), finished: ago(DAY_MS) });
  await addRun(sql, "mail", "over", { created: ago(300 * DAY_MS) });
  await addRun(sql, "mail", "new", { created: ago(DAY_MS) });

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.runs, 1);
  assertEquals(await runs(sql), ["new", "running", "slow", "waiting"]);
});

databaseTest("what belongs to a run goes with it, a retry of it stays", async ({ sql }) => {
  await addSchedule(sql, "mail");
  const old = await addRun(sql, "mail", "old", { created: ago(300 * DAY_MS) });
  const retry = await addRun(sql, "mail", "retry", { created: ago(DAY_MS) });
  await sql`update job_runs set retry_of = ${old} where id = ${retry}`;
  for (const run of [old, retry]) {
    await sql`
      insert into run_attempts (run_id, attempt, started_at, claimed_by)
      values (${run}, 1, now(), 'test')`;
    await sql`
      insert into run_logs (run_id, seq, attempt, at, level, message)
      values (${run}, 1, 1, now(), 'info', 'hello')`;
    await sql`
      insert into run_items (run_id, item, status, attempt, at)
      values (${run}, 'x', 'success', 1, now())`;
  }

  await resultOf(sql, cleanupOldRuns);

  assertEquals(await runs(sql), ["retry"]);
  for (const table of ["run_attempts", "run_logs", "run_items"]) {
    const rows = await sql`select from ${sql(table)} where run_id in (${old}, ${retry})`;
    assertEquals([table, rows.length], [table, 1]);
  }
  const [{ retry_of }] = await sql`select retry_of from job_runs where id = ${retry}`;
  assertEquals(retry_of, null);
});

databaseTest("settled alerts go, one that waits keeps its run", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await addRun(sql, "mail", "told", { created: ago(302 * DAY_MS) });
  const untold = await addRun(sql, "mail", "untold", { created: ago(301 * DAY_MS) });
  const newest = await addRun(sql, "mail", "newest", { created: ago(300 * DAY_MS) });
  await addAlert(sql, untold, "waits", {});
  await addAlert(sql, newest, "sent long ago", { sent: ago(40 * DAY_MS) });
  await addAlert(sql, newest, "given up long ago", { gaveUp: ago(40 * DAY_MS) });
  await addAlert(sql, newest, "sent 30 days ago", { sent: ago(30 * DAY_MS) });

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals([result.runs, result.alerts], [1, 2]);
  assertEquals(await runs(sql), ["newest", "untold"]);
  const left = await sql<{ name: string }[]>`
    select payload ->> 'name' as name from alert_outbox order by name`;
  assertEquals(left.map(({ name }) => name), ["sent 30 days ago", "waits"]);
});

databaseTest("gaps that ended before the retention period go", async ({ sql }) => {
  await addSchedule(sql, "mail");
  for (
    const [first, last] of [
      [ago(50 * DAY_MS), ago(40 * DAY_MS)],
      [ago(49 * DAY_MS), ago(30 * DAY_MS)],
      [ago(48 * DAY_MS), ago(DAY_MS)],
    ]
  ) {
    await sql`
      insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
      values ('mail', 'missed', ${first}, ${last}, 1)`;
  }

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.gaps, 1);
  const left = await sql<{ last_slot: Date }[]>`
    select last_slot from schedule_gaps order by last_slot`;
  assertEquals(left.map(({ last_slot }) => last_slot), [ago(30 * DAY_MS), ago(DAY_MS)]);
});

databaseTest("an ended session is forgotten once it would be over by itself", async ({ sql }) => {
  for (const [id, expires] of [["over", ago(0)], ["open", ago(-1)]] as const) {
    await sql`insert into ended_sessions (id, expires_at) values (${id}, ${expires})`;
  }

  const result = await resultOf(sql, cleanupOldRuns);

  assertEquals(result.ended_sessions, 1);
  assertEquals([...await sql`select id from ended_sessions`], [{ id: "open" }]);
});

databaseTest("more runs than one batch go, and their counters stay", async ({ sql }) => {
  await addSchedule(sql, "mail");
  await sql`
    insert into job_runs (job_id, job_type, trigger, as_of, status, created_at, finished_at)
    select 'mail', 'mail', 'manual', at, 'success', at, at
    from (
      select ${ago(300 * DAY_MS)}::timestamptz + make_interval(mins => n / 3) as at
      from generate_series(1, 1200) n
    ) slots`;
  await sql`
    insert into job_stats
      (job_type, day, status, bucket, runs, duration_ms_sum, last_finished_at)
    values ('mail', '2025-10-01', 'success', 1, 1200, 0, ${ago(299 * DAY_MS)})`;

  const run = await runJob(sql, cleanupOldRuns);

  assertEquals(run.result_json, {
    runs: 1199,
    gaps: 0,
    alerts: 0,
    ended_sessions: 0,
    retention_days: 30,
  });
  assertEquals((await sql`select from job_runs where job_type = 'mail'`).length, 1);
  const [counted] = await sql`select runs::int from job_stats where job_type = 'mail'`;
  assertEquals(counted.runs, 1200);
});

databaseTest("the retention period is RUN_RETENTION_DAYS, or the parameter", async ({ sql }) => {
  await addSchedule(sql, "mail");
  for (const days of [5, 12, 20]) {
    await addRun(sql, "mail", `${days} days`, { created: ago(days * DAY_MS) });
  }
  const env = { RUN_RETENTION_DAYS: "15" };

  assertEquals((await resultOf(sql, cleanupOldRuns, { env })).retention_days, 15);
  assertEquals(await runs(sql), ["12 days", "5 days"]);

  await resultOf(sql, cleanupOldRuns, { env, params: { retention_days: 10 } });
  assertEquals(await runs(sql), ["5 days"]);
});

async function addSchedule(sql: Sql, id: string, jobType = id): Promise<void> {
  await sql`
    insert into scheduled_jobs (id, job_type, cron)
    values (${id}, ${jobType}, '0 0 * * *')`;
}

interface RunFields {
  created: Date;
  /** Absent: when it was created. */
  finished?: Date;
  status?: "pending" | "running" | "success" | "failed" | "skipped";
  dryRun?: boolean;
  /** Absent: the job that is named like the row. */
  job?: string;
}

/** Adds a manual run that goes by the name in its `note`; returns its id. */
async function addRun(
  sql: Sql,
  row: string,
  name: string,
  { created, finished = created, status = "success", dryRun = false, job = row }: RunFields,
): Promise<string> {
  const isRunning = status === "running";
  const [{ id }] = await sql<{ id: string }[]>`
    insert into job_runs (
      job_id, job_type, trigger, as_of, status, reason, note, dry_run, created_at, finished_at,
      attempt, claimed_by, lease_expires_at
    )
    values (
      ${row}, ${job}, 'manual', ${created}, ${status}, ${status === "skipped" ? "overlap" : null},
      ${name}, ${dryRun}, ${created}, ${isRunning || status === "pending" ? null : finished},
      ${isRunning ? 1 : 0}, ${isRunning ? "test" : null}, ${isRunning ? ago(-DAY_MS) : null}
    )
    returning id`;
  return id;
}

async function addAlert(
  sql: Sql,
  run: string,
  name: string,
  { sent = null, gaveUp = null }: { sent?: Date | null; gaveUp?: Date | null },
): Promise<void> {
  await sql`
    insert into alert_outbox
      (run_id, kind, payload, created_at, available_at, sent_at, gave_up_at)
    values (${run}, 'failed', ${sql.json({ name })}, now(), now(), ${sent}, ${gaveUp})`;
}

/** The names of the runs that are left, but for the clean-up's own. */
async function runs(sql: Sql): Promise<string[]> {
  const rows = await sql<{ note: string }[]>`
    select note from job_runs where note is not null order by note`;
  return rows.map(({ note }) => note);
}
