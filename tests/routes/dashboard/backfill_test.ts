import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "../../../lib/db/sql.ts";
import { insertRun, openTestApp, type TestApp, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const BROWSER = { Accept: "text/html" };

/** Hourly slots; four of them lie in the range, of which one succeeded. */
const RANGE = { from: "2026-01-05T08:00", to: "2026-01-05T12:00" };

async function openHourly(sql: Sql): Promise<TestApp> {
  const test = await openTestApp(sql, { jobs: [testJob({ schedule: { cron: "0 * * * *" } })] });
  await sql`
    insert into job_runs (job_id, job_type, trigger, scheduled_for, status, attempt, created_at,
                          available_at, started_at, finished_at, duration_ms)
    select 'count_words', 'count_words', 'schedule', at, 'success', 1, at, at, at, at, 0
    from (select timestamptz '2026-01-05T09:00Z' as at) slot`;
  return test;
}

function preview(test: TestApp, query: Record<string, string>, as: "admin" | "viewer" = "admin") {
  const path = `/ui/jobs/count_words/backfill?${new URLSearchParams(query)}`;
  return test.request("GET", path, { headers: BROWSER, as });
}

function send(test: TestApp, fields: Record<string, string>) {
  const body = new URLSearchParams(fields);
  return test.request("POST", "/ui/jobs/count_words/backfill", { headers: BROWSER, body });
}

databaseTest("the page before a backfill says which slots, and makes no run", async ({ sql }) => {
  await using test = await openHourly(sql);
  const page = await (await preview(test, RANGE)).text();
  assertStringIncludes(page, "Run 3 slots again?");
  assertMatch(page, /the range has 4 slots, 1 of them succeeded and stays/);
  const hours = [...page.matchAll(/<td>Mon 05 Jan(?: 2026)?, (\d\d):00/g)].map(([, hour]) => hour);
  assertEquals(hours, ["08", "10", "11"]);
  assertEquals((await sql`select from job_runs where trigger = 'backfill'`).length, 0);
});

databaseTest(
  "the page before a backfill says what each slot was, and leads to it",
  async ({ sql }) => {
    await using test = await openHourly(sql);
    const slot = new Date("2026-01-05T08:00Z");
    const id = await insertRun(sql, {
      status: "failed",
      reason: "timeout",
      trigger: "schedule",
      as_of: null,
      scheduled_for: slot,
      created_at: slot,
    });
    await sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
    values ('count_words', 'missed', '2026-01-05T10:00Z', '2026-01-05T10:00Z', 1)`;
    const page = await (await preview(test, RANGE)).text();
    const told = [...page.matchAll(/<td><a href="([^"]+)" class="plain">([^<]+)</g)];
    assertEquals(told.map(([, href, words]) => [href, words]), [
      [`/ui/runs/${id}`, "failed, timeout"],
      ["/ui/jobs/count_words?why=2026-01-05T10:00#why", "missed"],
      ["/ui/jobs/count_words?why=2026-01-05T11:00#why", "no run"],
    ]);
  },
);

databaseTest("a slot whose run is not over yet is told as left out", async ({ sql }) => {
  await using test = await openHourly(sql);
  await sql`
    insert into job_runs (job_id, job_type, trigger, scheduled_for, created_at, available_at)
    values ('count_words', 'count_words', 'schedule', '2026-01-05T10:00Z', '2026-01-05T10:00Z',
            'infinity')`;
  const page = await (await preview(test, RANGE)).text();
  assertStringIncludes(page, "Run 2 slots again?");
  assertMatch(
    page,
    /1 of them succeeded and stays as it is\. The run of 1 more is not over yet/,
  );
  const hours = [...page.matchAll(/<td>Mon 05 Jan(?: 2026)?, (\d\d):00/g)].map(([, hour]) => hour);
  assertEquals(hours, ["08", "11"]);
});

databaseTest("a slot that the schedule has still to bring is told as left out", async ({ sql }) => {
  await using test = await openHourly(sql);
  await sql`
    update scheduled_jobs
    set next_run_at = '2026-01-05T11:00Z', planned_at = '2026-01-05T11:00Z',
        coalesce = 'all', overlap = 'queue', grace_seconds = 2147483647`;
  const page = await (await preview(test, RANGE)).text();
  assertStringIncludes(page, "Run 2 slots again?");
  assertStringIncludes(page, "1 more is due: the schedule brings its run next.");
});

databaseTest(
  "the slots that did not succeed run again, and lead to their runs",
  async ({ sql }) => {
    await using test = await openHourly(sql);
    const answer = await send(test, RANGE);
    assertEquals(answer.headers.get("Location"), "/ui/runs?job=count_words&trigger=backfill");
    await test.engine.idle();
    const runs = await sql`
    select extract(hour from as_of at time zone 'UTC')::int as hour, triggered_by
    from job_runs where trigger = 'backfill' order by as_of`;
    assertEquals(runs.map(({ hour }) => hour), [8, 10, 11]);
    assertEquals(runs[0].triggered_by, "api:admin");
  },
);

databaseTest("a range that does not fit is said, beside what was filled in", async ({ sql }) => {
  await using test = await openHourly(sql);
  const wrong = [
    [{ from: "yesterday", to: "" }, /The range needs two times/, ["from", "to"]],
    [{ ...RANGE, to: RANGE.from }, /The range is empty/, ["to"]],
    [{ ...RANGE, to: "2999-01-01T00:00" }, /lies in the future/, ["to"]],
    [{ ...RANGE, from: "2020-01-01T00:00" }, /more than 1000 slots/, ["to"]],
    [{ ...RANGE, schedule: "of-nobody" }, /has no schedule .+of-nobody/, []],
  ] as const;
  for (const [range, words, fields] of wrong) {
    const shown = await preview(test, range);
    assertEquals(shown.status, 422);
    const page = await shown.text();
    assertMatch(page, words);
    const problems = [...page.matchAll(/name="(\w+)"[^>]*>\s*<span class="problem">/g)];
    assertEquals(problems.map(([, name]) => name), [...fields]);
    assertStringIncludes(page, `name="from" value="${range.from}"`);

    const sent = await send(test, range);
    assertEquals(sent.status, 303);
    const said = sent.headers.getSetCookie().find((line) => line.startsWith("edge_cron_said"));
    assertMatch(decodeURIComponent(said ?? ""), words);
  }
  assertEquals((await sql`select from job_runs where trigger = 'backfill'`).length, 0);
});

databaseTest("a viewer is not offered a backfill, and cannot ask for one", async ({ sql }) => {
  await using test = await openHourly(sql);
  const job = await test.request("GET", "/ui/jobs/count_words", { headers: BROWSER, as: "viewer" });
  assertEquals((await job.text()).includes('id="backfill"'), false);
  assertEquals((await preview(test, RANGE, "viewer")).status, 403);
});
