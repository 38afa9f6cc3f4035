import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { RUN_STATUSES, type RunRow } from "../../lib/run.ts";
import {
  insertRun,
  openTestApp,
  type TestApp,
  testAppWithoutDatabase,
  testJob,
} from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

/** The ids of all runs of a list, page by page, and how many pages that took. */
async function readAllPages(
  test: TestApp,
  path: string,
): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let cursor: string | null = "";
  let pages = 0;
  while (cursor !== null) {
    const page: { runs: RunRow[]; next_cursor: string | null } = await test.getJson(
      `${path}${cursor && `&cursor=${cursor}`}`,
    );
    ids.push(...page.runs.map(({ id }) => id));
    cursor = page.next_cursor;
    pages++;
  }
  return { ids, pages };
}

databaseTest(
  "pages neither lose nor repeat runs that were created at the same instant",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const early = new Date("2026-01-01T00:00:00.001Z");
    const late = new Date("2026-01-01T00:00:00.002Z");
    const earlyIds = [];
    const lateIds = [];
    for (let i = 0; i < 11; i++) earlyIds.push(await insertRun(sql, { created_at: early }));
    for (let i = 0; i < 10; i++) lateIds.push(await insertRun(sql, { created_at: late }));
    const newestFirst = [...lateIds.sort().reverse(), ...earlyIds.sort().reverse()];
    for (const [limit, pages] of [[1, 21], [4, 6], [7, 3], [21, 1], [50, 1]]) {
      for (const path of ["/runs", "/jobs/count_words/runs"]) {
        const read = await readAllPages(test, `${path}?limit=${limit}`);
        assertEquals(read, { ids: newestFirst, pages }, `${path} by ${limit}`);
      }
    }
  },
);

databaseTest(
  "a run that is inserted while somebody pages does not move what follows",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const ids = [];
    for (let minute = 0; minute < 4; minute++) {
      ids.push(await insertRun(sql, { created_at: new Date(Date.UTC(2026, 0, 1, 0, minute)) }));
    }
    const first = await test.getJson("/runs?limit=2");
    await insertRun(sql, { created_at: new Date(Date.UTC(2026, 0, 2)) });
    const second = await test.getJson(`/runs?limit=2&cursor=${first.next_cursor}`);
    assertEquals([...first.runs, ...second.runs].map(({ id }) => id), ids.reverse());
  },
);

databaseTest("each filter narrows the list, and several narrow it together", async ({ sql }) => {
  const jobs = [testJob(), testJob({ id: "other" })];
  await using test = await openTestApp(sql, { jobs });
  const day = (day: number) => new Date(Date.UTC(2026, 0, day));
  const ran = await insertRun(sql, { created_at: day(1) });
  const failed = await insertRun(sql, { created_at: day(2), status: "failed", reason: "timeout" });
  const retried = await insertRun(sql, { created_at: day(3), trigger: "retry", losses: 1 });
  const ofOther = await insertRun(sql, { created_at: day(4), job_id: "other", job_type: "other" });

  const cases: [string, string[]][] = [
    ["", [ofOther, retried, failed, ran]],
    ["status=failed", [failed]],
    ["status=failed,success&trigger=manual", [ofOther, failed, ran]],
    ["status=failed&status=success", [ofOther, retried, failed, ran]],
    ["reason=timeout", [failed]],
    ["reason=lost", []],
    ["trigger=retry,backfill", [retried]],
    ["lost=true", [retried]],
    ["lost=false&status=success", [ofOther, ran]],
    ["job=other", [ofOther]],
    ["job=other,count_words&status=failed", [failed]],
    ["since=2026-01-03T00:00:00Z", [ofOther, retried]],
    ["until=2026-01-03T00:00:00Z", [failed, ran]],
    ["since=2026-01-03T01:00:00+01:00&until=2026-01-04T00:00Z", [retried]],
    ["since=2026-01-03T01:00:00%2B01:00", [ofOther, retried]],
  ];
  for (const [query, ids] of cases) {
    const { runs } = await test.getJson(`/runs?${query}`);
    assertEquals(runs.map(({ id }: RunRow) => id), ids, query);
  }
  const { runs } = await test.getJson("/jobs/count_words/runs?trigger=manual");
  assertEquals(runs.map(({ id }: RunRow) => id), [failed, ran]);
});

for (
  const [query, problem] of [
    ["limit=0", "must be a whole number from 1 to 200"],
    ["limit=201", "must be a whole number from 1 to 200"],
    ["limit=0.5", "must be a whole number from 1 to 200"],
    ["limit=ten", "must be a whole number from 1 to 200"],
    ["status=nope,bad", `must be one of ${RUN_STATUSES.join(", ")}`],
    ["status=", "must not be empty"],
    ["lost=yes", "must be one of true, false"],
  ]
) {
  Deno.test(`GET /runs?${query} is refused with what may stand there`, async () => {
    await using test = testAppWithoutDatabase();
    const { errors } = await test.getJson(`/runs?${query}`);
    assertEquals(Object.values(errors), [[problem]]);
  });
}

databaseTest("the runs of a job that is gone from the code are still listed", async ({ sql }) => {
  {
    await using before = await openTestApp(sql, { jobs: [testJob(), testJob({ id: "gone" })] });
    await before.getJson("/jobs/gone");
  }
  await using test = await openTestApp(sql);
  const stayed = await insertRun(sql, { job_id: "gone", job_type: "gone" });
  const other = await insertRun(sql, { created_at: new Date(Date.UTC(2025, 0, 1)) });

  const cases: [string, string[]][] = [
    ["/runs?job=gone", [stayed]],
    ["/runs?job=gone,count_words", [stayed, other]],
    ["/jobs/gone/runs", [stayed]],
    ["/jobs/gone/runs?status=failed", []],
  ];
  for (const [path, ids] of cases) {
    const response = await test.request("GET", path);
    assertEquals(response.status, 200, path);
    assertEquals((await response.json()).runs.map(({ id }: RunRow) => id), ids, path);
  }
  const { schedules } = await test.getJson("/schedules?job=gone");
  assertEquals(schedules.map(({ id }: { id: string }) => id), ["gone"]);
  for (const path of ["/runs?job=gone,nobody", "/jobs/nobody/runs", "/schedules?job=nobody"]) {
    assertEquals((await test.request("GET", path)).status, 404, path);
  }
});

for (
  const [query, field] of [
    ["status=done", "status"],
    ["status=failed,done,gone", "status"],
    ["status=", "status"],
    ["trigger=magic", "trigger"],
    ["lost=yes", "lost"],
    ["since=yesterday", "since"],
    ["until=2026-01-01", "until"],
    ["limit=0", "limit"],
    ["limit=201", "limit"],
    ["limit=ten", "limit"],
    ["cursor=nonsense", "cursor"],
    ["cursor=W10", "cursor"],
    [`cursor=${btoa('[1e300,"00000000-0000-0000-0000-000000000000"]')}`, "cursor"],
    ["stauts=failed", "stauts"],
    ["job=%00", "job"],
  ]
) {
  Deno.test(`GET /runs?${query} is a 422 that names ${field}, without asking the database`, async () => {
    await using test = testAppWithoutDatabase();
    const response = await test.request("GET", `/runs?${query}`);
    assertEquals(response.status, 422);
    assertEquals(Object.keys((await response.json()).errors), [field]);
  });
}

databaseTest("a list cuts error messages, and the run itself has all of it", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const message = "x".repeat(2_000);
  const id = await insertRun(sql, { status: "failed", error_message: message });
  const { runs } = await test.getJson("/runs");
  assertEquals(runs[0].error_message.length, 500);
  assertEquals((await test.getJson(`/runs/${id}`)).run.error_message, message);
});

databaseTest("/runs/:id has the run with its parameters, result and attempts", async ({ sql }) => {
  const job = testJob({ run: () => Promise.resolve({ words: 12 }) });
  await using test = await openTestApp(sql, { jobs: [job] });
  const asked = await test.request("POST", "/jobs/count_words/run", {
    headers: { Prefer: "wait=30" },
  });
  const { run: settled } = await asked.json();
  const { run, attempts } = await test.getJson(`/runs/${settled.id}`);
  assertEquals(run, settled);
  assertEquals([run.params, run.result_json], [{ days: 3 }, { words: 12 }]);
  assertEquals(attempts.length, 1);
  assertEquals([attempts[0].attempt, attempts[0].outcome], [1, "success"]);
  assertEquals(attempts[0].started_at, run.started_at);
});

const RUN_PATHS: [method: string, part: string][] = [
  ["GET", ""],
  ["GET", "/logs"],
  ["GET", "/items"],
  ["POST", "/cancel"],
  ["POST", "/retry"],
];

databaseTest("the id of a run that is not there is a 404 everywhere", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (const [method, part] of RUN_PATHS) {
    const path = `/runs/00000000-0000-0000-0000-000000000000${part}`;
    assertEquals((await test.request(method, path)).status, 404, path);
  }
});

for (const [id, status] of [["last", 404], ["1' or '1'='1", 404], ["%00", 422]] as const) {
  Deno.test(`"${id}" as the id of a run is a ${status} everywhere, without asking the database`, async () => {
    await using test = testAppWithoutDatabase();
    for (const [method, part] of RUN_PATHS) {
      assertEquals((await test.request(method, `/runs/${id}${part}`)).status, status, part);
    }
  });
}

databaseTest("a running run is cancelled, a settled one is not", async ({ sql }) => {
  const job = testJob({
    run: ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await using test = await openTestApp(sql, { jobs: [job] });
  const { run } = await (await test.request("POST", "/jobs/count_words/run")).json();
  const cancelled = await test.request("POST", `/runs/${run.id}/cancel`, { as: "operator" });
  assertEquals(cancelled.status, 200);
  assertEquals((await cancelled.json()).run.status, "cancelled");
  const again = await test.request("POST", `/runs/${run.id}/cancel`);
  assertEquals(again.status, 409);
  assertStringIncludes((await again.json()).detail, "cancelled");
  await test.engine.idle();
});

databaseTest(
  "a retry is a new run that points at the old one and has its parameters",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const json = { params: { days: 9 } };
    const headers = { Prefer: "wait=30" };
    const asked = await test.request("POST", "/jobs/count_words/run", { json, headers });
    const { run } = await asked.json();
    const response = await test.request("POST", `/runs/${run.id}/retry`, { headers });
    assertEquals(response.status, 200);
    const { run: retry } = await response.json();
    assertNotEquals(retry.id, run.id);
    assertEquals([retry.retry_of, retry.trigger, retry.status], [run.id, "retry", "success"]);
    assertEquals([retry.params, retry.as_of], [{ days: 9 }, run.as_of]);
  },
);

databaseTest("a retry of failed items alone is refused where none failed", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  const response = await test.request("POST", `/runs/${id}/retry`, {
    json: { failed_items_only: true },
  });
  assertEquals(response.status, 409);
  const unknown = await test.request("POST", `/runs/${id}/retry`, { json: { failed_only: true } });
  assertEquals(unknown.status, 422);
  const [{ count }] = await sql`select count(*)::int as count from job_runs`;
  assertEquals(count, 1);
});

databaseTest("a run on the wire has no column that is the engine's own", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  const { run } = await test.getJson(`/runs/${id}`);
  for (const column of ["lease_expires_at", "idempotency_key", "queue_key", "lane", "gated"]) {
    assert(!(column in run), column);
  }
});
