import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TimelineRun } from "../../../lib/dashboard_timeline_store.ts";
import { scheduleOf } from "../../../lib/schedule_row.ts";
import { ghostsOf } from "../../../routes/dashboard/timeline/ghosts.ts";
import { holdOf } from "../../../routes/dashboard/timeline/hold.ts";
import { markRuns, stretchMs } from "../../../routes/dashboard/timeline/marks.ts";
import { piecesOf } from "../../../routes/dashboard/timeline/scale.ts";
import { insertRun, openTestApp, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { scheduleRow } from "../../support/factories.ts";

const BROWSER = { Accept: "text/html" };
const HOUR_MS = 3_600_000;

/** Two days around noon, as wide as 1,200 units: 40 s a tenth of one. */
const NOON_MS = Date.UTC(2026, 0, 5, 12);
const SCALE = { fromMs: NOON_MS - 24 * HOUR_MS, toMs: NOON_MS + 24 * HOUR_MS };

Deno.test("piecesOf() joins spans that touch, and widens those too short to be seen", () => {
  const minute = (from: number, to: number) =>
    [NOON_MS + from * 60_000, NOON_MS + to * 60_000] as const;
  assertEquals(piecesOf([minute(0, 0)], SCALE), [{ x: 600, width: 4 }]);
  assertEquals(piecesOf([minute(60, 61), minute(0, 0), minute(5, 5)], SCALE), [
    { x: 600, width: 6.1 },
    { x: 625, width: 4 },
  ]);
  assertEquals(piecesOf([[SCALE.fromMs - HOUR_MS, SCALE.fromMs + HOUR_MS]], SCALE), [
    { x: 0, width: 25 },
  ]);
});

Deno.test("stretchMs() takes the shortest stretch that is no more marks than allowed", () => {
  assertEquals(stretchMs(24 * HOUR_MS, 40), HOUR_MS);
  assertEquals(stretchMs(24 * HOUR_MS, 4), 6 * HOUR_MS);
  assertEquals(stretchMs(6 * HOUR_MS, 40), HOUR_MS / 4);
});

Deno.test("markRuns() gives each run that is named a mark, and gathers the others by stretch and state", () => {
  const createdAt = new Date(NOON_MS - 50 * 60_000);
  const named: TimelineRun = {
    id: "a",
    job_type: "count_words",
    status: "failed",
    reason: "error",
    created_at: createdAt,
    began_at: createdAt,
    finished_at: new Date(NOON_MS - 49 * 60_000),
  };
  const before = Math.floor(NOON_MS / HOUR_MS) - 1;
  const stretches = [
    { status: "success", stretch: before, runs: 2, steps: 2 ** 32 + 2 ** 40 },
    { status: "failed", stretch: before, runs: 1, steps: 2 ** 8 },
    { status: "failed", stretch: before - 1, runs: 3, steps: 1 },
  ] as const;
  const marks = markRuns([named], stretches, {
    ...SCALE,
    stretch: HOUR_MS,
    now: new Date(NOON_MS),
  });
  assertEquals(
    marks.map((mark) => "run" in mark ? mark.run.id : `${mark.runs} ${mark.status}`),
    ["3 failed", "a", "2 success"],
  );
  // Of an hour of 25 units, at 32 and 40 parts of 48.
  assertEquals(marks[2].pieces, [{ x: 591.7, width: 4 }, { x: 595.8, width: 4 }]);
});

databaseTest(
  "every run of a day stands on its lane, and each bar leads to what it stands for",
  async ({ sql }) => {
    await using test = await openTestApp(sql, {
      jobs: [testJob({ schedule: { cron: "0 2 29 2 *" } })],
    });
    const [{ now }] = await sql<{ now: Date }[]>`select date_trunc('hour', now()) as now`;
    const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
    for (let n = 0; n < 90; n++) await insertRun(sql, { created_at: at(30 + 2 * n) });
    const failed = await insertRun(sql, {
      status: "failed",
      reason: "error",
      error_message: "no",
      created_at: at(600),
    });
    const page = await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
    assertStringIncludes(page, `href="/ui/runs/${failed}"`);
    const single = [...page.matchAll(/href="\/ui\/runs\/[0-9a-f-]{36}"/g)].length;
    assertEquals(single, 40);
    const gathered = [
      ...page.matchAll(/href="(\/ui\/runs\?job=[^"]+)">\s*<title>(\d+) runs? from/g),
    ];
    assert(gathered.length > 1);
    for (const [, href, count] of gathered) {
      const list = await test.request("GET", href.replaceAll("&amp;", "&"), { headers: BROWSER });
      assertMatch(await list.text(), new RegExp(`<h1>${count} runs? that fit`));
    }
  },
);

databaseTest("a missed slot is marked, and leads to why", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    jobs: [testJob({ schedule: { cron: "0 * * * *" } })],
  });
  await sql`
    insert into schedule_gaps (job_id, reason, first_slot, last_slot, slots)
    values ('count_words', 'missed', date_trunc('hour', now()) - interval '3 hours',
            date_trunc('hour', now()) - interval '3 hours', 1)`;
  const page = await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
  const [, href] = /href="(\/ui\/jobs\/count_words\?why=[^"]+)">\s*<title>[^<]+, missed/.exec(
    page,
  )!;
  const why = await (await test.request("GET", href, { headers: BROWSER })).text();
  assertMatch(why, /class="conditions"/);
});

databaseTest("more jobs than a page draws are on the next ones", async ({ sql }) => {
  const jobs = Array.from({ length: 85 }, (_, n) => testJob({ id: `job_${n}`, name: `Job ${n}.` }));
  await using test = await openTestApp(sql, { jobs });
  const read = async (path: string) =>
    await (await test.request("GET", path, { headers: BROWSER })).text();
  const lanesOf = (page: string) =>
    [...page.matchAll(/>(Job \d+)\.<\/a>/g)].map(([, name]) => name);
  const seen: string[] = [];
  let path: string | undefined = "/ui/timeline?hours=6";
  for (let page = 1; path; page++) {
    const html = await read(path);
    assertStringIncludes(html, `Page ${page} of 3, 85 jobs`);
    seen.push(...lanesOf(html));
    path = /<a class="button" href="([^"]+)">Next jobs/.exec(html)?.[1].replaceAll("&amp;", "&");
  }
  assertEquals(seen, jobs.map((_, n) => `Job ${n}`));
  assertEquals(
    lanesOf(await read("/ui/timeline?page=99")),
    lanesOf(await read("/ui/timeline?page=3")),
  );
});

databaseTest("a timeline that there is none of is refused by name", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (const query of ["hours=7", "page=0", "page=two", "day=1"]) {
    const response = await test.request("GET", `/ui/timeline?${query}`, { headers: BROWSER });
    assertEquals(response.status, 422);
    assertStringIncludes(await response.text(), query.split("=")[0]);
  }
});

databaseTest("a lane with nothing in sight says when its next slot is", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    jobs: [testJob({ schedule: { cron: "0 2 29 2 *" } })],
  });
  const page = await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
  assertMatch(page, /next <time[^>]*>29 Feb/);
});

databaseTest("so does one with a run in sight and no slot", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    jobs: [testJob({ schedule: { cron: "0 2 29 2 *" } })],
  });
  const runId = await insertRun(sql, { created_at: new Date() });
  const page = await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
  assertStringIncludes(page, `href="/ui/runs/${runId}"`);
  assertMatch(page, /next <time[^>]*>29 Feb/);
});

databaseTest("a lane that is held back says by what, and until when", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    jobs: [testJob({ schedule: { cron: "0 * * * *" } })],
  });
  const read = async () =>
    await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
  assertEquals((await read()).includes("<title>paused"), false);

  await test.request("POST", "/jobs/count_words/pause", { json: {} });
  assertMatch(await read(), /<path class="s-still"[^>]*><title>paused<\/title>/);

  const until = new Date(Date.now() + 7 * HOUR_MS).toISOString();
  await test.request("POST", "/jobs/count_words/pause", { json: { until } });
  assertMatch(await read(), /<title>paused until [^<]+<\/title>[\s\S]+class="ghost"/);
});

Deno.test("ghosts reach the end of the scale, however many slots there are", () => {
  const now = new Date(NOON_MS);
  for (const schedule of ["* * * * *", "*/5 * * * *", "*/2 9-17 * * *", "0,1,2,40 * * * *"]) {
    const row = scheduleRow({ cron: schedule, next_run_at: null });
    const ghosts = ghostsOf([row], SCALE, now);
    const all = scheduleOf(row).slotsBetween(new Date(NOON_MS + 1), new Date(SCALE.toMs), 2_000);
    const bars = (slots: Date[]) => piecesOf(slots.map((at) => [+at, +at]), SCALE);
    assertEquals(bars(ghosts.slots), bars(all.slots), schedule);
    assertEquals(ghosts.isMore, all.slots.length > 300, schedule);
    assertEquals(ghosts.count, Math.min(300, all.slots.length), schedule);
  }
});

databaseTest("a lane of more slots than are counted says so", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    jobs: [testJob({ schedule: { cron: "* * * * *" } })],
  });
  const page = await (await test.request("GET", "/ui/timeline", { headers: BROWSER })).text();
  assertMatch(page, /<title>Next [^<]+, 300\+ slots<\/title>/);
});

Deno.test("holdOf() tells what holds all rows of a job back, and until when the first of them is", () => {
  const now = new Date(NOON_MS);
  const inHours = (hours: number) => new Date(NOON_MS + hours * HOUR_MS);
  const paused = (until: Date | null) => scheduleRow({ paused_at: now, paused_until: until });
  const disabled = scheduleRow({ enabled: false });
  const ended = scheduleRow({ enabled: false, cron: null, run_at: now, next_run_at: null });
  assertEquals(holdOf([], now), null);
  assertEquals(holdOf([ended], now), null);
  assertEquals(holdOf([scheduleRow(), disabled], now), null);
  assertEquals(holdOf([disabled, ended], now), { reason: "disabled", until: null });
  assertEquals(holdOf([paused(null), disabled], now), { reason: "paused", until: null });
  assertEquals(holdOf([paused(inHours(5)), paused(inHours(2)), paused(null)], now), {
    reason: "paused",
    until: inHours(2),
  });
  assertEquals(holdOf([paused(inHours(-1))], now), null);
});
