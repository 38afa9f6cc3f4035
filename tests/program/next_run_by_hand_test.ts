/** The check that seed 004 names, done as it is written against the real program and its timer. */
import { assert, assertEquals } from "@std/assert";
import { ChildProgram } from "../support/child_program.ts";
import { databaseTest } from "../support/database.ts";
import { until } from "../support/until.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

/** Nobody listens there: jobs that call out fail at once instead of leaving the machine. */
const NOWHERE = "http://127.0.0.1:9";

databaseTest.onlyPostgres("the embedded database belongs to the program's process")(
  "next_run_at a minute back by UPDATE runs every enabled job at the next check, once",
  async ({ sql, url }) => {
    await using program = new ChildProgram(MAIN, [], {
      env: {
        DATABASE_URL: url,
        PORT: "0",
        API_KEYS: "admin:only-for-this-test",
        SCHEDULER_CHECK_INTERVAL_SECONDS: "1",
        DATA_DRAGON_BASE_URL: NOWHERE,
        RIOT_BASE_URL: NOWHERE,
      },
    });
    await program.waitFor(/Background scheduler started/);
    await sql`update scheduled_jobs set enabled = false where id = 'cleanup_old_runs'`;
    await sql`delete from job_runs`;

    await sql`UPDATE scheduled_jobs SET next_run_at = NOW() - INTERVAL '1 minute'`;

    await until("no enabled job is due", async () => {
      const [{ due }] = await sql`
        select count(*)::int as due
        from scheduled_jobs where enabled and (next_run_at is null or next_run_at <= now())`;
      return due === 0;
    });
    const rows = await sql<{ id: string; enabled: boolean; runs: number }[]>`
      select s.id, s.enabled, count(r.id)::int as runs
      from scheduled_jobs s
      left join job_runs r on r.job_id = s.id
        and r.trigger = 'schedule'
        and r.created_at - r.scheduled_for >= interval '60 seconds'
      group by s.id
      order by s.id`;
    assert(rows.length > 1);
    assertEquals(
      rows.map(({ id, runs }) => [id, runs]),
      rows.map(({ id, enabled }) => [id, enabled ? 1 : 0]),
    );
    await until("one of them has begun", async () => {
      const begun = await sql`select from job_runs where started_at is not null limit 1`;
      return begun.length > 0;
    });
  },
);
