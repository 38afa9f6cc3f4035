import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "../../../lib/db/sql.ts";
import { insertRun, openTestApp, type TestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const BROWSER = { Accept: "text/html" };

/** A program with a failed run of its job, and one of a job that is gone from the code. */
async function openWithFailures(sql: Sql): Promise<TestApp> {
  const test = await openTestApp(sql);
  await sql`insert into scheduled_jobs (id, job_type, cron) values ('gone', 'gone', '0 0 * * *')`;
  const failed = { status: "failed", reason: "error", error_message: "no" } as const;
  await insertRun(sql, failed);
  await insertRun(sql, { ...failed, job_id: "gone", job_type: "gone" });
  return test;
}

function press(test: TestApp, action: string, fields: Record<string, string>) {
  const body = new URLSearchParams(fields);
  return test.request("POST", `/ui/runs/all/${action}`, { headers: BROWSER, body });
}

/** What the page before the act hands on. */
async function preview(test: TestApp, action: string, query = ""): Promise<Record<string, string>> {
  const path = `/ui/runs/all/${action}${query}`;
  const page = await (await test.request("GET", path, { headers: BROWSER })).text();
  return Object.fromEntries(
    [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  );
}

databaseTest(
  "a retry of many says which new runs it made, and which runs it left and why",
  async ({ sql }) => {
    await using test = await openWithFailures(sql);
    const fields = await preview(test, "retry", "?status=failed");

    const answer = await press(test, "retry", fields);

    assertEquals(answer.status, 200);
    const page = await answer.text();
    const [retry] = await sql`select id from job_runs where trigger = 'retry'`;
    assertStringIncludes(page, "<h1>1 run asked to run again, 1 left as it was</h1>");
    assertMatch(page, new RegExp(`<a href="/ui/runs/${retry.id}"`));
    assertStringIncludes(page, "No job has the id &quot;gone&quot;");
    assertStringIncludes(page, 'href="/ui/runs?status=failed"');
    const [, list] = /href="([^"]+)">The new runs</.exec(page)!;
    const path = list.replaceAll("&amp;", "&");
    const listed = await (await test.request("GET", path, { headers: BROWSER })).text();
    assertEquals([...listed.matchAll(/id="run-([\w-]+)"/g)].map(([, id]) => id), [retry.id]);
  },
);

databaseTest("the same form pressed twice retries nothing twice", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  const fields = await preview(test, "retry", "?status=failed&job=count_words");
  await press(test, "retry", fields);

  const again = await (await press(test, "retry", fields)).text();

  assertStringIncludes(again, "Nothing was left to retry");
  assertEquals((await sql`select from job_runs where trigger = 'retry'`).length, 1);
});

databaseTest("a run that was run again is not offered a second time", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  await press(test, "retry", await preview(test, "retry", "?job=count_words"));
  await sql`update job_runs set status = 'failed', reason = 'error', finished_at = now(), lease_expires_at = null, claimed_by = null where trigger = 'retry'`;

  const fields = await preview(test, "retry", "?job=count_words");
  const page = await (await press(test, "retry", fields)).text();

  assertStringIncludes(page, "<h1>1 run asked to run again</h1>");
  const retries = await sql`
    select old.trigger from job_runs new join job_runs old on old.id = new.retry_of order by new.created_at`;
  assertEquals(retries.map(({ trigger }) => trigger), ["manual", "retry"]);
});

databaseTest("a run that an act fails at is told among the others", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  await insertRun(sql, { status: "failed", reason: "error", error_message: "odd" });
  const fields = await preview(test, "retry", "?job=count_words");
  await sql`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$`;
  await sql`
    create trigger refuse before insert on job_runs
    for each row when (new.retry_of is not null) execute function refuse()`;

  const answer = await press(test, "retry", fields);

  assertEquals(answer.status, 200);
  assertStringIncludes(await answer.text(), "It failed, and the program&#39;s log says why");
});

databaseTest("what came to fit since the page was shown is left alone", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  const fields = await preview(test, "retry", "?job=count_words");
  await insertRun(sql, {
    status: "failed",
    reason: "error",
    error_message: "no",
    created_at: new Date(Number(fields.before) + 1),
  });

  await press(test, "retry", fields);

  assertEquals((await sql`select from job_runs where trigger = 'retry'`).length, 1);
});

databaseTest("a cancel of many names the runs that it cancelled", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql, {
    status: "pending",
    attempt: 0,
    available_at: new Date("2999-01-01"),
    started_at: null,
    finished_at: null,
    duration_ms: null,
  });

  const page = await (await press(test, "cancel", await preview(test, "cancel"))).text();

  assertStringIncludes(page, "<h1>1 run cancelled</h1>");
  assertStringIncludes(page, `/ui/runs/${id}`);
  assertEquals((await sql`select status from job_runs`)[0].status, "cancelled");
});

databaseTest("a form without the instant of its page touches nothing", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  for (const before of ["", "soon", "1e99"]) {
    const page = await (await press(test, "retry", { before })).text();
    assertStringIncludes(page, "Nothing was left to retry", before);
  }
  assertEquals((await sql`select from job_runs where trigger = 'retry'`).length, 0);
});

databaseTest(
  "a filter that cannot be read fits nothing and is told at its field",
  async ({ sql }) => {
    await using test = await openWithFailures(sql);
    const told = {
      "status=bogus": "bogus is not a status",
      "trigger=bogus": "bogus is not a trigger",
      "lost=bogus": "bogus is not a choice",
      "since=garbage": "garbage is not a time",
      "until=2026-02-30T10:00": "2026-02-30T10:00 is not a time",
    };
    for (const [query, problem] of Object.entries(told)) {
      const answer = await test.request("GET", `/ui/runs?${query}`, { headers: BROWSER });
      const page = await answer.text();
      assertStringIncludes(page, "<h1>0 runs that fit</h1>", query);
      assertStringIncludes(page, `<span class="problem">${problem}</span>`, query);
      assertEquals(page.includes("/ui/runs/all/"), false, query);
    }
    const history = await test.request("GET", "/ui/jobs/count_words?status=bogus", {
      headers: BROWSER,
    });
    const page = await history.text();
    assertStringIncludes(page, '<span class="problem">bogus is not a status</span>');
    assertStringIncludes(page, "No run fits.");
  },
);

databaseTest("an act on many refuses a filter that cannot be read", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  const { before } = await preview(test, "retry");
  for (const [name, text] of [["status", "bogus"], ["since", "garbage"], ["until", "2026-13-01"]]) {
    const path = `/ui/runs/all/retry?${name}=${text}`;
    const shown = await test.request("GET", path, { headers: BROWSER });
    assertEquals(shown.status, 422, name);
    assertStringIncludes(await shown.text(), `${name}: ${text} is not a `);
    const pressed = await press(test, "retry", { before, [name]: text });
    assertEquals(pressed.status, 422, name);
    assertStringIncludes(await pressed.text(), "nothing is touched");
  }
  assertEquals((await sql`select from job_runs where trigger = 'retry'`).length, 0);
});

databaseTest("the page before an act says in words what the filter chooses", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  const read = async (query: string) =>
    await (await test.request("GET", `/ui/runs/all/retry${query}`, { headers: BROWSER })).text();
  const readCancel = async (query: string) =>
    await (await test.request("GET", `/ui/runs/all/cancel${query}`, { headers: BROWSER })).text();
  assertStringIncludes(
    await read(""),
    "Of all runs, those that are failed, cancelled or skipped and were not run again yet.",
  );
  assertStringIncludes(
    await read("?job=gone&status=failed&since=2026-01-01T10:00&error=no"),
    "Of the runs of gone with the status failed from 2026-01-01 10:00 in UTC with “no” in the error, those that were not run again yet.",
  );
  assertStringIncludes(await read("?lost=true"), "Of the runs lost at least once, those that are");
  assertStringIncludes(await readCancel("?status=running"), "The runs with the status running.");
});

databaseTest("a job that is gone from the code stays chosen in the filter", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  const page = await (await test.request("GET", "/ui/runs?job=gone", { headers: BROWSER })).text();
  assertMatch(page, /<option value="gone" selected[^>]*>gone<\/option>/);
});

databaseTest("the list of runs offers only what its status lets be done", async ({ sql }) => {
  await using test = await openWithFailures(sql);
  await insertRun(sql);
  await insertRun(sql, {
    status: "pending",
    attempt: 0,
    available_at: new Date("2999-01-01"),
    started_at: null,
    finished_at: null,
    duration_ms: null,
  });
  const offered = async (query: string) => {
    const page = await (await test.request("GET", `/ui/runs${query}`, { headers: BROWSER })).text();
    return [...page.matchAll(/href="\/ui\/runs\/all\/(\w+)/g)].map(([, action]) => action);
  };
  assertEquals(await offered(""), ["retry", "cancel"]);
  assertEquals(await offered("?status=failed"), ["retry"]);
  assertEquals(await offered("?status=pending"), ["cancel"]);
  assertEquals(await offered("?status=success"), []);
});

databaseTest(
  "a run that failed and waits says in the list when it is tried again",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const waits = {
      status: "pending",
      started_at: null,
      finished_at: null,
      duration_ms: null,
    } as const;
    const available_at = new Date("2999-01-01T10:00:00Z");
    await insertRun(sql, { ...waits, available_at, failures: 1, error_message: "no" });
    await insertRun(sql, { ...waits, available_at, attempt: 0 });
    const page = await (await test.request("GET", "/ui/runs", { headers: BROWSER })).text();
    assertEquals(page.match(/next try at <time[^>]* datetime="2999-01-01T10:00/g)?.length, 1);
  },
);

databaseTest("a list tells which runs were lost, also of those that recovered", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await insertRun(sql);
  const once = await insertRun(sql, { attempt: 2, losses: 1 });
  const thrice = await insertRun(sql, { attempt: 3, losses: 3, status: "failed", reason: "lost" });
  const path = "/ui/runs?lost=true";
  const page = await (await test.request("GET", path, { headers: BROWSER })).text();
  const told = [...page.matchAll(/id="run-([\w-]+)".*?lost (once|\d times)/gs)];
  assertEquals(
    new Map(told.map(([, id, times]) => [id, times])),
    new Map([[once, "once"], [thrice, "3 times"]]),
  );
  assertEquals(page.match(/id="run-/g)?.length, 2);
});
