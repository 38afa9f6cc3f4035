import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { insertRun, openTestApp, testJob } from "../../support/app.ts";
import { RUNS_JUDGED } from "../../../lib/dashboard_overview_store.ts";
import { readOverview } from "../../../routes/dashboard/overview/rows.ts";
import { databaseTest } from "../../support/database.ts";

const BROWSER = { Accept: "text/html" };

/** Every page that shows something without an id of its own. */
const PAGES = [
  "/",
  "/ui/timeline",
  "/ui/jobs/count_words",
  "/ui/runs",
  "/ui/runs/all/retry",
  "/ui/runs/all/cancel",
  "/ui/schedules",
  "/ui/schedules/count_words",
  "/ui/schedules/new?job=count_words",
  "/ui/results",
  "/ui/results/students",
  "/ui/results/matches",
  "/ui/results/profiles",
];

/** The jobs whose rows an overview shows. */
function rowsOn(page: string): string[] {
  return [...page.matchAll(/id="job-(\w+)"/g)].map(([, id]) => id);
}

databaseTest("every page answers on a database that holds nothing", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (const path of PAGES) {
    const response = await test.request("GET", path, { headers: BROWSER });
    assertEquals(response.status, 200, path);
    const page = await response.text();
    assert(!/<script>|<style|style=|javascript:|https?:\/\/(?!localhost)/i.test(page), path);
    assertEquals(
      response.headers.get("Content-Security-Policy"),
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
  }
});

databaseTest("what the overview is narrowed by in vain stands in its filter", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const read = async (query: string) =>
    await (await test.request("GET", `/?${query}`, { headers: BROWSER })).text();
  const page = await read("status=bogus%3C&tag=nothing");
  assertEquals(rowsOn(page), []);
  assertStringIncludes(page, "bogus&lt; is not a status");
  assertMatch(page, /<option value="nothing" selected[^>]*>nothing/);
  assertEquals(rowsOn(await read("status=new&sort=bogus")), ["count_words"]);
});

databaseTest("every page answers without any job", async ({ sql }) => {
  await using test = await openTestApp(sql, { jobs: [] });
  for (const path of PAGES.filter((path) => !path.includes("count_words"))) {
    assertEquals((await test.request("GET", path, { headers: BROWSER })).status, 200, path);
  }
  const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
  assertStringIncludes(page, "jobs/mod.ts");
});

databaseTest("what people and jobs write is shown as text on every page", async ({ sql }) => {
  const evil = '<script>alert("x")</script>';
  const job = testJob({ name: evil, description: evil, tags: [evil] });
  await using test = await openTestApp(sql, { jobs: [job] });
  const id = await insertRun(sql, {
    status: "failed",
    error_message: evil,
    reason: evil,
    note: evil,
    triggered_by: evil,
    claimed_by: evil,
    deployment: evil,
    bot_id: evil,
  });
  await sql`
    update job_runs set result_json = ${sql.json({ [evil]: evil })}, params = ${
    sql.json({ a: [evil] })
  }
    where id = ${id}`;
  await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message, fields)
    values (${id}, 1, 1, now(), 'info', ${evil}, ${sql.json({ evil })})`;
  await sql`
    insert into run_items (run_id, item, status, error, attempt, at)
    values (${id}, ${evil}, 'failed', ${evil}, 1, now())`;
  await sql`
    update scheduled_jobs set paused_at = now(), paused_by = ${evil}, pause_reason = ${evil}`;
  await sql`insert into users (user_id) values (${evil})`;
  const query = encodeURIComponent(evil);
  for (
    const path of [
      ...PAGES,
      `/ui/runs/${id}`,
      `/?q=${query}&tag=${query}`,
      `/ui/runs?error=${query}&reason=${query}`,
      `/ui/schedules?q=${query}`,
      `/ui/results/learning?id=${query}`,
      `/ui/nowhere/${query}`,
    ]
  ) {
    const page = await (await test.request("GET", path, { headers: BROWSER })).text();
    assert(!page.includes("<script>alert"), path);
  }
});

databaseTest(
  "the verdict names what fails and since when; a skipped run changes nothing",
  async ({ sql }) => {
    const jobs = [testJob(), testJob({ id: "sort_words", name: "Sort words" })];
    await using test = await openTestApp(sql, { jobs });
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await insertRun(sql, { created_at: at(30) });
    await insertRun(sql, { job_id: "sort_words", job_type: "sort_words", created_at: at(30) });
    await insertRun(sql, {
      status: "failed",
      reason: "error",
      error_message: "no",
      created_at: at(20),
    });
    const newest = await insertRun(sql, {
      status: "failed",
      reason: "error",
      error_message: "no answer from <b>\n  at line 7",
      created_at: at(10),
    });
    await insertRun(sql, {
      status: "skipped",
      reason: "overlap",
      started_at: null,
      created_at: at(5),
    });
    const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
    assertMatch(page, /<h1>2 jobs, 1 fine, 1 failing since /);
    assertStringIncludes(page, "2× ");
    assertMatch(page, new RegExp(`href="/ui/runs/${newest}" [^>]*>no answer from &lt;b&gt;</a>`));
  },
);

databaseTest(
  "of failures beyond the runs that are looked at, a page claims no number and no beginning",
  async ({ sql }) => {
    await using test = await openTestApp(sql, { jobs: [testJob()] });
    for (let n = 1; n <= RUNS_JUDGED; n++) {
      await insertRun(sql, {
        status: "failed",
        reason: "error",
        error_message: "no",
        created_at: new Date(Date.now() - n * 60_000),
      });
    }
    const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
    assertMatch(page, /<h1>1 job, 1 failing since before /);
    assertStringIncludes(page, `${RUNS_JUDGED}+× since before `);
    const ofJob = await (await test.request("GET", "/ui/jobs/count_words", { headers: BROWSER }))
      .text();
    assertStringIncludes(ofJob, `over ${RUNS_JUDGED} in a row`);
  },
);

databaseTest(
  "a job that fails and is paused is told as both, and can be resumed",
  async ({ sql }) => {
    const jobs = [testJob(), testJob({ id: "sort_words", name: "Sort words" })];
    await using test = await openTestApp(sql, { jobs });
    await insertRun(sql, {
      status: "failed",
      reason: "error",
      error_message: "no",
      created_at: new Date(Date.now() - 60_000),
    });
    await insertRun(sql, { job_id: "sort_words", job_type: "sort_words" });
    await sql`
    update scheduled_jobs
    set paused_at = now(), paused_until = now() + interval '1 day', paused_by = 'ana',
        pause_reason = 'looks at it'
    where id = 'count_words'`;
    const read = async (path: string) =>
      await (await test.request("GET", path, { headers: BROWSER })).text();
    const page = await read("/");
    assertMatch(page, /<h1>2 jobs, 1 fine, 1 failing since [^<]+ and paused</);
    assertMatch(page, /Paused <b>1<\/b>/);
    const found = await read("/?status=paused");
    assertEquals(rowsOn(found), ["count_words"]);
    assertMatch(found, /Failing<[\s\S]+title="by ana: looks at it">paused until /);
    assertStringIncludes(found, 'aria-label="Resume Count words"');
    assertEquals(found.includes('aria-label="Pause Count words"'), false);
    const ofJob = await read("/ui/jobs/count_words");
    assertStringIncludes(ofJob, ">Resume</button>");
    assertMatch(ofJob, /Failing<[\s\S]+Paused<[\s\S]+by ana: looks at it/);

    await sql`update scheduled_jobs set enabled = false, paused_at = null, paused_until = null`;
    assertEquals(rowsOn(await read("/?status=disabled")), ["count_words", "sort_words"]);
    assertMatch(await read("/?q=count"), /Failing<[\s\S]+>disabled</);
  },
);

databaseTest("a run that failed and waits for its retry is a failure already", async ({ sql }) => {
  const jobs = [testJob(), testJob({ id: "sort_words", name: "Sort words" })];
  await using test = await openTestApp(sql, { jobs });
  const now = Date.now();
  const at = (minutes: number) => new Date(now - minutes * 60_000);
  await insertRun(sql, { created_at: at(90), started_at: at(90), finished_at: at(90) });
  const run = await insertRun(sql, {
    status: "pending",
    attempt: 2,
    failures: 2,
    error_message: "no",
    created_at: at(60),
    started_at: at(60),
    finished_at: null,
    available_at: new Date("2099-01-01T02:35:00Z"),
  });
  const attempt = (nth: number, minutes: number) =>
    sql`
    insert into run_attempts (run_id, attempt, started_at, finished_at, outcome, claimed_by)
    values (${run}, ${nth}, ${at(minutes)}, ${at(minutes)}, 'failed', 'a')`;
  await attempt(1, 50);
  await attempt(2, 40);
  await insertRun(sql, {
    job_id: "sort_words",
    job_type: "sort_words",
    status: "pending",
    attempt: 0,
    finished_at: null,
    started_at: null,
    duration_ms: null,
  });
  const rows = await readOverview(test.engine, new Date(), jobs);
  assertEquals(rows.map(({ health }) => health), ["failing", "new"]);
  const [{ figures }] = rows;
  assertEquals(figures.failingSince, at(50));
  assertEquals([figures.failures, figures.judged, figures.successRate], [1, 1, 1]);
  const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
  assertMatch(page, /<h1>2 jobs, 1 failing since [^<]+, 1 not run yet</);
  assertMatch(page, /next try at <time[^>]+>[^<]*02:35/);
});

databaseTest("a job in its first run is not fine yet", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await insertRun(sql, {
    status: "running",
    finished_at: null,
    duration_ms: null,
    claimed_by: "a",
    ...{ lease_expires_at: new Date("2099-01-01T00:00:00Z") },
  });
  const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
  assertStringIncludes(page, "<h1>1 job, 1 in its first run<");
});

databaseTest("a night in which everything was missed is not fine", async ({ sql }) => {
  const jobs = [
    testJob({ schedule: { cron: "0 * * * *" } }),
    testJob({ id: "sort_words", name: "Sort words", schedule: { cron: "0 * * * *" } }),
    testJob({ id: "held_back", name: "Held back", schedule: { cron: "0 * * * *" } }),
  ];
  await using test = await openTestApp(sql, { jobs });
  const hour = (ago: number) => new Date(Math.floor(Date.now() / 3_600_000 - ago) * 3_600_000);
  for (const { id } of jobs) {
    const at = hour(5);
    const times = { created_at: at, started_at: at, finished_at: at, scheduled_for: at };
    await insertRun(sql, { job_id: id, job_type: id, trigger: "schedule", as_of: null, ...times });
    await sql`
      insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
      values (${id}, ${id === "held_back" ? "coalesced" : "missed"}, ${hour(4)}, ${hour(1)}, 4)`;
  }
  const read = async (path: string) =>
    await (await test.request("GET", path, { headers: BROWSER })).text();
  const page = await read("/");
  assertStringIncludes(page, "<h1>3 jobs, 1 fine, 2 missed<");
  assertMatch(page, /class="verdict warn"/);
  assertMatch(page, /Missed <b>2<\/b>/);
  assertEquals(rowsOn(await read("/?status=missed")), ["count_words", "sort_words"]);
  assertMatch(page, />slot of <time/);
  const failedAt = { created_at: hour(5), started_at: hour(5), finished_at: hour(5) };
  await insertRun(sql, {
    job_id: "sort_words",
    job_type: "sort_words",
    status: "failed",
    ...failedAt,
  });
  assertMatch(
    await read("/"),
    /<h1>3 jobs, 1 fine, 1 failing since [^,]+, 1 missed, 1 of the others missed slots too</,
  );
  await sql`delete from job_runs where status = 'failed'`;
  // A success since, whoever asked for it, makes up for the slots before it; that they were missed is told for a day.
  const since = async (id: string) => {
    const now = new Date();
    const times = { created_at: now, started_at: now, finished_at: now };
    await insertRun(sql, { job_id: id, job_type: id, ...times });
    return await read("/");
  };
  const clock = hour(1).toISOString().slice(11, 16);
  const saysNight = new RegExp(
    `<h1>3 jobs, 2 fine, 1 missed; 1 missed its slot of (\\w+ )?${clock} and has run since<`,
  );
  assertMatch(await since("count_words"), saysNight);
  const good = await since("sort_words");
  assertMatch(
    good,
    /<h1>3 jobs, all fine; 2 jobs missed slots in the last day and have run since</,
  );
  assertMatch(good, /class="verdict ok"/);
  assertMatch(good, /Missed <b>2<\/b>/);
  assertMatch(good, /missed its slot of <time/);
  assertEquals(rowsOn(await read("/?status=missed")), ["count_words", "sort_words"]);
});

databaseTest("the overview is filtered and sorted by its address", async ({ sql }) => {
  const jobs = [testJob(), testJob({ id: "sort_words", name: "Sort words", tags: ["other"] })];
  await using test = await openTestApp(sql, { jobs });
  const shown = async (query: string) => {
    const page = await (await test.request("GET", `/?${query}`, { headers: BROWSER })).text();
    return rowsOn(page);
  };
  assertEquals(await shown(""), ["count_words", "sort_words"]);
  assertEquals(await shown("q=SORT"), ["sort_words"]);
  assertEquals(await shown("tag=other"), ["sort_words"]);
  assertEquals(await shown("status=failing"), []);
  assertEquals(await shown("sort=-job"), ["sort_words", "count_words"]);
});

databaseTest(
  "the strip shows runs, gaps and a pause that is still open, each slot once",
  async ({ sql }) => {
    await using test = await openTestApp(sql, {
      jobs: [testJob({ schedule: { cron: "0 * * * *" } })],
    });
    const hour = (ago: number) => new Date(Math.floor(Date.now() / 3_600_000 - ago) * 3_600_000);
    await insertRun(sql, {
      trigger: "schedule",
      as_of: null,
      scheduled_for: hour(6),
      created_at: hour(6),
    });
    await sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
    values ('count_words', 'missed', ${hour(5)}, ${hour(4)}, 2)`;
    await sql`
    update scheduled_jobs
    set paused_at = ${hour(4)}, next_run_at = ${hour(3)}, planned_at = ${hour(3)}`;
    const page = await (await test.request("GET", "/", { headers: BROWSER })).text();
    assertStringIncludes(page, "The last 7 slots: 1 fine, 2 missed, 4 paused");
    // Slots stand at the right end of 60, four wide with their gaps; each streak is one line, or two.
    assertStringIncludes(page, 'class="s-ok" stroke-width="12" d="M212 14h3"');
    assertStringIncludes(page, 'class="s-miss" stroke-width="5" d="M216 2.5h7M216 17.5h7"');
    assertStringIncludes(page, 'class="s-still" stroke-width="3" d="M224 18.5h15"');
  },
);

databaseTest("a database that is away is a page that says so", async () => {
  const { testAppWithoutDatabase } = await import("../../support/app.ts");
  await using test = testAppWithoutDatabase();
  const response = await test.request("GET", "/", { headers: BROWSER });
  assertEquals(response.status, 503);
  assertStringIncludes(await response.text(), "The database cannot be reached");
});
