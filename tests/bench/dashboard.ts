/**
 * `deno run -A tests/bench/dashboard.ts`: how long the server takes for each page with 100 jobs and 1,000,000
 * runs, on the Postgres of `TEST_DATABASE_URL` or on a throw-away one.
 */
import { createTestDatabase } from "../support/postgres_database.ts";
import { startPostgresServer } from "../support/postgres_server.ts";
import { openTestApp, testJob } from "../support/app.ts";

const JOBS = 100;
const RUNS = 1_000_000;
const ROUNDS = 15;

const PATHS = {
  overview: "/",
  timeline: "/ui/timeline",
  job: "/ui/jobs/job_007",
  runs: "/ui/runs",
  "runs, failed": "/ui/runs?status=failed",
  schedules: "/ui/schedules",
};

const server = Deno.env.get("TEST_DATABASE_URL") ? null : await startPostgresServer();
if (server) Deno.env.set("TEST_DATABASE_URL", server.url);
const database = await createTestDatabase();
const sql = database.connect();
try {
  const jobs = Array.from({ length: JOBS }, (_, place) => {
    const id = `job_${String(place).padStart(3, "0")}`;
    return testJob({
      id,
      name: `Job ${place}`,
      tags: [`group ${place % 7}`],
      schedule: { intervalMinutes: 5 },
    });
  });
  await using test = await openTestApp(sql, { jobs });
  await fill();
  for (const [name, path] of Object.entries(PATHS)) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = -3; round < ROUNDS; round++) {
      const startedAt = performance.now();
      const response = await test.request("GET", path, {
        headers: { Accept: "text/html", "Accept-Encoding": "gzip" },
      });
      bytes = (await response.arrayBuffer()).byteLength;
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
      if (round >= 0) times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    const [least, middle, most] = [times[0], times[ROUNDS >> 1], times[ROUNDS - 1]];
    console.log(
      `${name.padEnd(14)} median ${middle.toFixed(0)} ms (${least.toFixed(0)} to ${
        most.toFixed(0)
      }), ${(bytes / 1_000).toFixed(1)} kB`,
    );
  }
} finally {
  await sql.end();
  await database.dispose();
  await server?.stop();
}

/** One run for each slot of five minutes, a fortieth of them failed, and some gaps. */
async function fill(): Promise<void> {
  const perJob = RUNS / JOBS;
  await sql`
    insert into job_runs (job_id, job_type, trigger, scheduled_for, status, reason, error_message, attempt,
                          created_at, available_at, started_at, finished_at, duration_ms, claimed_by)
    select s.id, s.id, 'schedule', slot, status,
           case when status = 'failed' then 'error' end,
           case when status = 'failed' then 'no answer from 10.0.0.' || n % 250 end, 1,
           slot, slot, slot, slot + n % 9000 * interval '1 millisecond', n % 9000, 'bench'
    from scheduled_jobs s
    cross join generate_series(1, ${perJob}::int) as n
    cross join lateral (
      select date_trunc('minute', now()) - n * interval '5 minutes' as slot,
             case when n % 40 = 0 then 'failed' else 'success' end as status
    ) made
    order by slot`;
  await sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
    select id, 'missed', now() - n * interval '1 hour', now() - n * interval '1 hour', 1
    from scheduled_jobs, generate_series(1, 20) n`;
  await sql`vacuum analyze`;
}
