import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { insertRun, openTestApp, testJob } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const BROWSER = { Accept: "text/html" };

databaseTest(
  "a job that is gone from the code keeps a page with its history, and no button",
  async ({ sql }) => {
    await using before = await openTestApp(sql);
    const failedId = await insertRun(sql, { status: "failed", reason: "error", items_failed: 1 });
    await insertRun(sql);
    await sql`
      insert into run_items (run_id, item, status, error, attempt, at)
      values (${failedId}, 'x', 'failed', 'no', 1, now())`;
    assertEquals((await before.request("GET", "/ui/jobs/count_words")).status, 200);

    await using test = await openTestApp(sql, { jobs: [] });
    const shown = async (path: string) => {
      const answer = await test.request("GET", path, { headers: BROWSER });
      assertEquals(answer.status, 200, path);
      const page = await answer.text();
      assert(!/<main[^]*(method="post"|form="act")/.test(page), path);
      return page;
    };
    const page = await shown("/ui/jobs/count_words");
    assertStringIncludes(page, "no longer declared");
    assertMatch(page, /<h1>count_words<\/h1>/);
    assertEquals(page.match(/id="run-/g)?.length, 2);
    assertMatch(page, /Gone from code[^]*data-label="Next"><span class="quiet">–</);
    const failed = await shown("/ui/jobs/count_words?status=failed");
    assertEquals(failed.match(/id="run-/g)?.length, 1);
    assertStringIncludes(await shown("/ui/jobs/count_words?status=cancelled"), "No run fits");
    await shown(`/ui/runs/${failedId}`);
    assertMatch(await shown("/ui/jobs/count_words"), /data-label="Next"><span class="quiet">–</);
  },
);

databaseTest(
  "a job's page says when its next run stays planned past slots that SQL gave it",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const read = async () =>
      await (await test.request("GET", "/ui/jobs/count_words", { headers: BROWSER })).text();
    assert(!(await read()).includes("stays planned"));
    await sql`
      update scheduled_jobs set cron = null, interval_minutes = 1 where id = 'count_words'`;
    assertMatch(await read(), /Its next run stays planned for [^<]+ set its next_run_at to NULL/);
  },
);

databaseTest("a job that never was is not found", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const answer = await test.request("GET", "/ui/jobs/count_word", { headers: BROWSER });
  assertEquals(answer.status, 404);
  assertStringIncludes(await answer.text(), "Did you mean &quot;count_words&quot;?");
  for (const path of ["/ui/jobs/%00", "/ui/schedules/%00"]) {
    assertEquals((await test.request("GET", path, { headers: BROWSER })).status, 422, path);
  }
});

databaseTest(
  "all that is wrong with a form to run is told at once, each beside its field",
  async ({ sql }) => {
    const job = testJob({
      params: z.strictObject({
        days: z.int().min(1).default(3),
        words: z.array(z.string()).default([]),
        limits: z.record(z.string(), z.int()).default({}),
        from: z.iso.date().optional(),
        to: z.iso.date().optional(),
      }).refine(({ from = "", to = "" }) => from <= to, "from must not be after to"),
    });
    await using test = await openTestApp(sql, { jobs: [job] });
    const press = async (fields: Record<string, string>) => {
      const body = new URLSearchParams({ form: "params", ...fields });
      const answer = await test.request("POST", "/ui/jobs/count_words/run", {
        headers: BROWSER,
        body,
      });
      assertEquals(answer.status, 422);
      const page = await answer.text();
      return Object.fromEntries(
        [...page.matchAll(
          /<label>(\w[\w ]*)(?:(?!<\/label>).)*<span class="problem">(.*?)<\/span>/gs,
        )]
          .map(([, field, problem]) => [field, problem]),
      );
    };

    assertEquals(
      await press({
        "p.days": "0",
        "p.words": "[1]",
        "p.limits": "{",
        "p.from": "x",
        as_of: "now",
      }),
      {
        days: "must be at least 1",
        words: "0: must be a text",
        limits:
          "is not JSON: Expected property name or &#39;}&#39; in JSON at position 1 (line 1 column 2)",
        from: "must be a day, such as 2026-03-29",
        "As of": "must be a time",
      },
    );
    const [{ runs }] = await sql`select count(*)::int as runs from job_runs`;
    assertEquals(runs, 0);
    const body = new URLSearchParams({
      form: "params",
      "p.from": "2026-02-01",
      "p.to": "2026-01-01",
    });
    const answer = await test.request("POST", "/ui/jobs/count_words/run", {
      headers: BROWSER,
      body,
    });
    assertStringIncludes(
      await answer.text(),
      "nothing was run. params: from must not be after to.",
    );
  },
);

databaseTest(
  "a job that runs is said to, as on the overview, beside what is wrong with it",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const states = async () => {
      const page = await (await test.request("GET", "/ui/jobs/count_words", { headers: BROWSER }))
        .text();
      const [, head] = /<p class="quiet about state">(.*?)<\/p>/s.exec(page)!;
      return [...head.matchAll(/<\/svg>(\w+)/g)].map(([, word]) => word);
    };
    const early = new Date("2026-01-01T00:00:00Z");
    await insertRun(sql, { created_at: early });
    assertEquals(await states(), ["Fine"]);
    await insertRun(sql, {
      status: "running",
      ...{ lease_expires_at: new Date("2999-01-01") },
      finished_at: null,
      duration_ms: null,
      claimed_by: "another",
    });
    assertEquals(await states(), ["Running"]);
    await insertRun(sql, {
      status: "failed",
      reason: "error",
      created_at: new Date("2026-01-01T00:01:00Z"),
    });
    assertEquals(await states(), ["Running", "Failing"]);
  },
);

databaseTest("who runs a job that is running already is led to that run", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const [{ id }] = await sql`
    insert into job_runs (job_id, job_type, trigger, as_of, exclusive, available_at)
    values ('count_words', 'count_words', 'manual', now(), true, now() + interval '1 day')
    returning id`;
  const press = (fields: Record<string, string>) =>
    test.request("POST", "/ui/jobs/count_words/run", {
      headers: BROWSER,
      body: new URLSearchParams(fields),
    });
  const link = `<a href="/ui/runs/${id}">`;
  assertMatch(
    await (await press({ form: "params" })).text(),
    new RegExp(`role="alert">[^/]*${link}`),
  );

  const [said] = (await press({ back: "/" })).headers.getSetCookie();
  const headers = { ...BROWSER, Cookie: said.split(";")[0] };
  const page = await (await test.request("GET", "/", { headers })).text();
  assertMatch(page, new RegExp(`role="status">[^/]*${link}`));
});

databaseTest("a job's history is searched by a text in the error", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const failed = { status: "failed", reason: "error" } as const;
  const id = await insertRun(sql, { ...failed, error_message: "Disk <full>" });
  await insertRun(sql, { ...failed, error_message: "No route" });
  const read = async (query: string) =>
    await (await test.request("GET", `/ui/jobs/count_words?${query}`, { headers: BROWSER })).text();
  const page = await read("error=disk+%3C&status=failed");
  assertEquals([...page.matchAll(/id="run-([\w-]+)"/g)].map(([, id]) => id), [id]);
  assertStringIncludes(
    page,
    'href="/ui/runs?job=count_words&amp;status=failed&amp;error=disk+%3C"',
  );
  assertStringIncludes(await read("error=elsewhere"), "No run fits");
});

databaseTest("a time that cannot be read is said beside the question why", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const read = async (query: string) =>
    await test.request("GET", `/ui/jobs/count_words${query}`, { headers: BROWSER });
  assert(!(await (await read("")).text()).includes("is not a time"));
  const wrong = await read("?why=yester%3Cday%3E");
  assertEquals(wrong.status, 200);
  assertMatch(await wrong.text(), /id="why"[^]*yester&lt;day&gt; is not a time/);
  assertEquals((await read("?why=2026-01-05T12:00&schedule=nothing")).status, 404);
});

databaseTest("a run whose items failed offers once to retry those", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql, { status: "failed", reason: "items", items_failed: 2 });
  await sql`
    insert into run_items (run_id, item, status, error, attempt, at)
    values (${id}, 'x', 'failed', 'no', 1, now()), (${id}, 'y', 'failed', 'no', 1, now())`;
  const page = await (await test.request("GET", `/ui/runs/${id}`, { headers: BROWSER })).text();
  assertEquals(page.match(/Retry failed only/g)?.length, 1);
});

databaseTest("a job's page says of how many schedules it shows the first", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`
    insert into scheduled_jobs (id, job_type, cron, time_zone, next_run_at, planned_at, source)
    select 'row-' || n, 'count_words', '0 2 * * *', 'UTC', now() + interval '1 day',
           now() + interval '1 day', 'api'
    from generate_series(1, 60) n`;
  const answer = await test.request("GET", "/ui/jobs/count_words", {
    headers: { Accept: "text/html" },
  });
  const page = await answer.text();
  assertStringIncludes(page, ">50 of 61</span>");
  assertStringIncludes(page, 'href="/ui/schedules?job=count_words"');
});

databaseTest(
  "a bar of the durations has a mark of what became of its run, above it where it is low",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    for (const duration_ms of [1_000, 1]) {
      for (const status of ["success", "failed", "cancelled"] as const) {
        await insertRun(sql, { status, duration_ms });
      }
    }
    const page = await (await test.request("GET", "/ui/jobs/count_words", { headers: BROWSER }))
      .text();
    const bars = [...page.matchAll(/<a href="[^"]+" tabindex="-1"><title>(.*?)<\/a>/gs)];
    const marks = bars.map(([, bar]) => {
      const [word] = /^\w+/.exec(bar)!;
      const [, kind, shape] = /class="mark ([^"]+)" d="M[\d.]+ [\d.]+([^"]+)"/.exec(bar) ?? [];
      return kind ? `${word}: ${kind} ${shape}` : word;
    });
    assertEquals(marks.sort(), [
      "Cancelled: s-skip h7",
      "Cancelled: s-skip inside h7",
      "Failed: s-bad inside l4 5m0-5l-4 5",
      "Failed: s-bad l4 5m0-5l-4 5",
      "Success",
      "Success",
    ]);
    assertMatch(page, /Durations of the last 6 runs, 2 failed, 2 cancelled, at most 1.0 s/);
  },
);
