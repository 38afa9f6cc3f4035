/**
 * Times the students' jobs on made-up students with eight weeks of work, on a Postgres server of its own.
 *
 *     deno run -A tests/bench/students.ts [--students 100000]
 *
 * The server has its default settings, fsync included, and its statistics are as autovacuum left them. All
 * students are due at once, as with a single zone. Exits 1 when a job misses its mark: 60 s for snapshots
 * (5 s in an hour that finds nobody due), seed 002's 5 minutes for recommendations, 256 MB at the peak.
 */
import { parseArgs } from "node:util";
import { createDailySnapshots } from "../../jobs/students/create_daily_snapshots.ts";
import { refreshRecommendations } from "../../jobs/students/refresh_recommendations.ts";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import type { Json, Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import type { Engine } from "../../lib/engine_api.ts";
import { createLog } from "../../lib/log.ts";
import { syncJobs } from "../../lib/sync.ts";
import { startPostgresServer } from "../support/postgres_server.ts";

const SNAPSHOTS_MARK_S = 60;
const IDLE_MARK_S = 5;
const RECOMMENDATIONS_MARK_S = 300;
const MEMORY_MARK_MB = 256;
const DAY_MS = 86_400_000;

interface Line {
  what: string;
  seconds: number;
  peakMb: number;
  result: Json;
  met: boolean;
}

const { values } = parseArgs({ options: { students: { type: "string", default: "100000" } } });
const lines = await measureOnOwnServer(Number(values.students));
console.table(
  lines.map(({ what, seconds, peakMb, result, met }) => ({
    what,
    seconds: seconds.toFixed(1),
    "peak MB": Math.round(peakMb),
    result: JSON.stringify(result),
    mark: met ? "met" : "missed",
  })),
);
Deno.exit(lines.every(({ met }) => met) ? 0 : 1);

async function measureOnOwnServer(students: number): Promise<Line[]> {
  const server = await startPostgresServer({ fsync: true });
  try {
    const sql = connectPostgres({ url: server.url });
    try {
      await migrate(sql);
      const startedAt = performance.now();
      await fill(sql, students);
      const [{ sittings }] = await sql`select count(*)::int as sittings from lesson_progress`;
      console.log(
        `Postgres ${server.version}: ${students} students, ${sittings} sittings made up in ${
          Math.round((performance.now() - startedAt) / 1_000)
        } s`,
      );
      return await measureJobs(sql);
    } finally {
      await sql.end();
    }
  } finally {
    await server.stop();
  }
}

async function measureJobs(sql: Sql): Promise<Line[]> {
  const engine = createEngine({
    sql,
    clock: databaseClock,
    config: parseConfig({}),
    log: createLog((line) => console.error(line)),
    jobs: [createDailySnapshots, refreshRecommendations],
  });
  await syncJobs(engine);
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const snapshots = (what: string, asOfMs: number, markSeconds: number) =>
    measure(engine, `snapshots, ${what}`, createDailySnapshots.id, asOfMs, markSeconds);
  const advice = (what: string) =>
    measure(engine, what, refreshRecommendations.id, midnight, RECOMMENDATIONS_MARK_S);
  const lines = [
    await snapshots("first night", midnight - DAY_MS, SNAPSHOTS_MARK_S),
    await snapshots("second night", midnight, SNAPSHOTS_MARK_S),
    await snapshots("nobody due", midnight, IDLE_MARK_S),
    await advice("recommendations"),
    await advice("recommendations, again"),
  ];
  await engine.stop();
  return lines;
}

async function measure(
  engine: Engine,
  what: string,
  job: string,
  asOfMs: number,
  markSeconds: number,
): Promise<Line> {
  const peak = watchMemory();
  const asOf = new Date(asOfMs);
  const { id } = await engine.requestRun(job, { asOf, triggeredBy: "bench" });
  const run = await engine.waitForRun(id, 1_800_000);
  const seconds = (run.duration_ms ?? Infinity) / 1_000;
  const peakMb = peak();
  return {
    what,
    seconds,
    peakMb,
    result: run.result_json,
    met: run.status === "success" && seconds < markSeconds && peakMb < MEMORY_MARK_MB,
  };
}

/** Four courses of 40 lessons; each student follows one, at a pace of 0.3 to 1, with a quiz every third lesson. */
async function fill(sql: Sql, students: number): Promise<void> {
  await sql`
    insert into courses (course_id, title)
    select 'course-' || number, 'Course ' || number
    from generate_series(0, 3) number`;
  await sql`
    insert into lessons (lesson_id, course_id, position, title, topic, planned_day)
    select course_id || '-' || place, course_id, place, 'Lesson ' || place, 'topic ' || place / 7,
           place + (place - 1) / 5 * 2
    from courses, generate_series(1, 40) place`;
  await sql`
    insert into students (user_id, created_at)
    select 'student_' || lpad(number::text, 6, '0'), now() - interval '57 days'
    from generate_series(0, ${students - 1}::int) number`;
  await sql`
    insert into enrollments (user_id, course_id, starts_on)
    select user_id, 'course-' || right(user_id, 1)::int % 4, current_date - 56
    from students`;
  await sql`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes, completed_at)
    select user_id, lesson_id, at, 10 + position % 30, at
    from enrollments
    join lessons using (course_id)
    cross join lateral (
      select
        0.3 + 0.7 * (right(user_id, 2)::int / 99.0) as pace,
        starts_on + (planned_day - 1) * interval '1 day' + interval '15 hours'
          + right(user_id, 3)::int * interval '7 seconds' as at
    ) learnt
    where position <= 40 * pace`;
  await sql`
    insert into quiz_results (user_id, topic, score, taken_at)
    select user_id, topic, 50 + (position * 7 + right(user_id, 2)::int) % 51,
           studied_at + interval '10 minutes'
    from lesson_progress
    join lessons using (lesson_id)
    where position % 3 = 0`;
}

/** Looks at this process' memory ten times a second until the returned function gives the peak, in MB. */
function watchMemory(): () => number {
  let peak = 0;
  const look = () => peak = Math.max(peak, Deno.memoryUsage().rss / 1e6);
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return look();
  };
}
