import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import type { Role } from "../../../lib/config.ts";
import { openTestApp, type TestApp, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { insertSchedule } from "../../support/factories.ts";

const BROWSER = { Accept: "text/html" };

/** A form that makes a schedule, but for what the test says. */
const FORM = {
  job: "count_words",
  id: "by-hand",
  kind: "cron",
  cron: "15 2 * * *",
  interval_minutes: "",
  run_at: "",
  time_zone: "Europe/Budapest",
  bot_id: "*",
  params: "",
  grace_seconds: "",
  coalesce: "latest",
  overlap: "skip",
  limit: "",
  jitter_seconds: "0",
  enabled: "true",
};

function send(test: TestApp, path: string, fields: Partial<typeof FORM>, as: Role = "admin") {
  const body = new URLSearchParams({ ...FORM, ...fields });
  return test.request("POST", path, { headers: BROWSER, body, as });
}

function visit(test: TestApp, path: string, as: Role = "admin") {
  return test.request("GET", path, { headers: BROWSER, as });
}

/** What the label of each field says is wrong, by the field's name. */
function problemsOf(page: string): Record<string, string> {
  const labels = [...page.matchAll(/<label[^]*?<\/label>/g)].map(([label]) => label);
  return Object.fromEntries(labels.flatMap((label) => {
    const problem = /<span class="problem">([^<]*)</.exec(label)?.[1];
    return problem ? [[/ name="(\w+)"/.exec(label)![1], problem]] : [];
  }));
}

const WRONG: { what: string; fields: Partial<typeof FORM>; field: string; problem: RegExp }[] = [
  {
    what: "a cron that does not parse",
    fields: { cron: "61 2 * * *" },
    field: "cron",
    problem: /^&quot;61&quot; cannot stand in the minute place/,
  },
  { what: "no cron", fields: { cron: " " }, field: "cron", problem: /^is missing$/ },
  { what: "no zone", fields: { time_zone: " " }, field: "time_zone", problem: /^is missing$/ },
  {
    what: "a zone that nobody knows",
    fields: { time_zone: "Europe/Atlantis" },
    field: "time_zone",
    problem: /^a time zone is a name of the IANA database/,
  },
  {
    what: "a zone that nobody knows, for a single instant",
    fields: { kind: "once", run_at: "2040-01-01T02:00", time_zone: "Europe/Atlantis" },
    field: "time_zone",
    problem: /^a time zone is a name/,
  },
  {
    what: "no interval",
    fields: { kind: "interval" },
    field: "interval_minutes",
    problem: /^is missing$/,
  },
  {
    what: "an interval in words",
    fields: { kind: "interval", interval_minutes: "often" },
    field: "interval_minutes",
    problem: /^must be a number$/,
  },
  {
    what: "an interval of nothing",
    fields: { kind: "interval", interval_minutes: "0" },
    field: "interval_minutes",
    problem: /^an interval is a whole number of minutes from 1 to/,
  },
  {
    what: "an instant that is over",
    fields: { kind: "once", run_at: "2020-01-01T02:00" },
    field: "run_at",
    problem: /^must have a slot in the future$/,
  },
  { what: "no instant", fields: { kind: "once" }, field: "run_at", problem: /^must be a time$/ },
  {
    what: "a parameter out of its range",
    fields: { params: '{"days": 0}' },
    field: "params",
    problem: /^days: must be at least 1$/,
  },
  {
    what: "a parameter of another type",
    fields: { params: '{"days": "many"}' },
    field: "params",
    problem: /^days: must be a number$/,
  },
  { what: "broken JSON", fields: { params: "{" }, field: "params", problem: /^is not JSON/ },
  { what: "a list of parameters", fields: { params: "[]" }, field: "params", problem: /an object/ },
  {
    what: "a limit of nothing",
    fields: { limit: "0" },
    field: "limit",
    problem: /^must be at least 1$/,
  },
  {
    what: "a grace beyond a year",
    fields: { grace_seconds: "99999999" },
    field: "grace_seconds",
    problem: /^must be at most 31622400$/,
  },
  {
    what: "a jitter that is no number",
    fields: { jitter_seconds: "1.5" },
    field: "jitter_seconds",
    problem: /^must be a whole number$/,
  },
  {
    what: "policies that contradict each other",
    fields: { coalesce: "all" },
    field: "coalesce",
    problem: /needs overlap/,
  },
  {
    what: "a coalescing that a grace until the next slot leaves nothing to do",
    fields: { coalesce: "skip" },
    field: "coalesce",
    problem: /needs grace_seconds/,
  },
  {
    what: "a policy that nobody knows",
    fields: { overlap: "maybe" },
    field: "overlap",
    problem: /^must be one of skip, queue$/,
  },
  {
    what: "an id with a space",
    fields: { id: "by hand" },
    field: "id",
    problem: /^must be 1 to 100 of/,
  },
  {
    what: "the id of another schedule",
    fields: { id: "count_words" },
    field: "id",
    problem: /is taken/,
  },
  {
    what: "a bot with a very long name",
    fields: { bot_id: "b".repeat(201) },
    field: "bot_id",
    problem: /^must have at most 200 characters$/,
  },
];

for (const { what, fields, field, problem } of WRONG) {
  databaseTest(`${what} is told beside its own field, and makes no schedule`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    const answer = await send(test, "/ui/schedules", fields);
    assertEquals(answer.status, 422);
    const page = await answer.text();
    const problems = problemsOf(page);
    assertEquals(Object.keys(problems), [field]);
    assertMatch(problems[field], problem);
    assertStringIncludes(page, "Something does not fit; nothing was changed.");
    assertEquals((await sql`select from scheduled_jobs where source = 'api'`).length, 0);
  });
}

databaseTest("all that is wrong with a schedule is told at once", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const wrong = { id: "a b", cron: "61 2 * * *", limit: "0", bot_id: "x".repeat(201) };
  const problemsAt = async (path: string, fields: Partial<typeof FORM>) => {
    const answer = await send(test, path, { ...wrong, ...fields });
    assertEquals(answer.status, 422);
    return Object.keys(problemsOf(await answer.text())).sort();
  };
  const all = ["bot_id", "cron", "id", "limit", "params"];
  for (const params of ["{", "[]", '{"days": 0}']) {
    assertEquals(await problemsAt("/ui/schedules", { params }), all, params);
    await insertSchedule(sql, { id: `of ${params}`, job_type: "count_words" });
    const path = `/ui/schedules/${encodeURIComponent(`of ${params}`)}`;
    assertEquals(await problemsAt(path, { params }), all.filter((name) => name !== "id"), params);
  }
  const zone = { kind: "once", time_zone: "Europe/Atlantis", params: "{", job: "" };
  assertEquals(await problemsAt("/ui/schedules", zone), [
    "bot_id",
    "id",
    "job",
    "limit",
    "params",
    "time_zone",
  ]);
});

databaseTest("what was typed stays in a form that is refused", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const fields = { cron: "61 2 * * *", bot_id: "b7", coalesce: "all", overlap: "queue" };
  const page = await (await send(test, "/ui/schedules", fields)).text();
  assertMatch(page, /name="cron" value="61 2 \* \* \*" aria-invalid="true"/);
  assertMatch(page, /name="bot_id" value="b7"/);
  assertMatch(page, /<option value="all" selected/);
});

databaseTest("a change that does not fit is told beside its field too", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await send(test, "/ui/schedules", {});
  const answer = await send(test, "/ui/schedules/by-hand", { cron: "0 0 31 2 *" });
  assertEquals(answer.status, 422);
  assertMatch(problemsOf(await answer.text()).cron, /FEB never has a day 31/);
  assertEquals((await send(test, "/ui/schedules/by-hand", { cron: "0 5 * * *" })).status, 303);
  const [row] = await sql`select cron, time_zone from scheduled_jobs where id = 'by-hand'`;
  assertEquals({ ...row }, { cron: "0 5 * * *", time_zone: "Europe/Budapest" });
});

databaseTest("a job's own rules are told in its own words", async ({ sql }) => {
  const params = z.strictObject({
    days: z.int().default(3).refine((days) => days % 7 === 0, "must be whole weeks"),
  });
  await using test = await openTestApp(sql, { jobs: [testJob({ params })] });
  const page = await (await send(test, "/ui/schedules", { params: '{"days": 3}' })).text();
  assertEquals(problemsOf(page), { params: "days: must be whole weeks" });
});

databaseTest("who names no job for a new schedule chooses one in its form", async ({ sql }) => {
  const jobs = [testJob(), testJob({ id: "sort_words", name: "Sort words" })];
  await using test = await openTestApp(sql, { jobs });
  const page = await (await visit(test, "/ui/schedules/new")).text();
  assertMatch(page, /<select name="job"[^]*Count words[^]*Sort words[^]*<\/select>/);

  const refused = await send(test, "/ui/schedules", { job: "", cron: "61 * * * *" });
  assertEquals(refused.status, 422);
  const again = await refused.text();
  assertEquals(problemsOf(again).job, "must be chosen");
  assertStringIncludes(again, "<h1>A new schedule</h1>");

  const made = await send(test, "/ui/schedules", { job: "sort_words" });
  assertEquals(made.headers.get("Location"), "/ui/schedules/by-hand");
  const [row] = await sql`select job_type from scheduled_jobs where id = 'by-hand'`;
  assertEquals(row.job_type, "sort_words");
});

databaseTest("a new schedule for a job that is not there is not found", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const answer = await visit(test, "/ui/schedules/new?job=count_word");
  assertEquals(answer.status, 404);
  assertStringIncludes(await answer.text(), "Did you mean &quot;count_words&quot;?");
});

databaseTest(
  "schedules are made, changed and deleted by an admin only, as over HTTP",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await send(test, "/ui/schedules", {});
    assertEquals((await visit(test, "/ui/schedules/new", "operator")).status, 403);
    for (const path of ["", "/by-hand", "/by-hand/delete"]) {
      const answer = await send(test, `/ui/schedules${path}`, { id: "other" }, "operator");
      assertEquals(answer.status, 403, path);
    }
    for (const path of ["/ui/schedules", "/ui/schedules/by-hand", "/ui/jobs/count_words"]) {
      const page = await (await visit(test, path, "operator")).text();
      assert(!/Add a schedule|>Save<|Delete…/.test(page), path);
      assertMatch(page, /Pause/, path);
    }
    assertEquals((await send(test, "/ui/schedules/by-hand/pause", {}, "operator")).status, 303);
    const rows = await sql`
      select id, paused_at is not null as paused, deleted_at from scheduled_jobs
      where source = 'api'`;
    assertEquals([...rows], [{ id: "by-hand", paused: true, deleted_at: null }]);
  },
);

databaseTest(
  "an interval whose anchor was broken by hand is told apart from a sound one like it",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await insertSchedule(sql, { id: "sound", job_type: "count_words", interval_minutes: 61 });
    await insertSchedule(sql, { id: "broken", job_type: "count_words", interval_minutes: 61 });
    await sql`update scheduled_jobs set anchor_at = '-infinity' where id = 'broken'`;
    const page = await (await visit(test, "/ui/schedules")).text();
    assertEquals(page.match(/its anchor_at is no instant/g)?.length, 1);
    for (const path of ["/", "/ui/timeline", "/ui/jobs/count_words", "/ui/schedules/broken"]) {
      assertEquals([path, (await visit(test, path)).status], [path, 200]);
    }
  },
);
