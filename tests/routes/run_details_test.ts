import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Sql } from "../../lib/db/sql.ts";
import { insertRun, openTestApp, testJob } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

async function insertLogs(sql: Sql, runId: string, count: number): Promise<void> {
  await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message, fields)
    select ${runId}, n, 1, now(), 'info', 'line ' || n, ${sql.json({ user: "a" })}
    from generate_series(1, ${count}::int) n`;
}

interface StreamEvent {
  event: string;
  id: string | undefined;
  // deno-lint-ignore no-explicit-any
  data: any;
}

/** Reads server-sent events one by one; undefined at the end of the stream. */
function readEvents(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async next(): Promise<StreamEvent | undefined> {
      while (true) {
        const end = rest.indexOf("\n\n");
        if (end >= 0) {
          const block = rest.slice(0, end);
          rest = rest.slice(end + 2);
          if (block.startsWith(":")) continue;
          const fields = Object.fromEntries(
            block.split("\n").map((line) => /^(\w+): (.*)$/.exec(line)!.slice(1, 3)),
          );
          return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
        }
        const { value, done } = await reader.read();
        if (done) return undefined;
        rest += value;
      }
    },
    cancel: () => reader.cancel(),
  };
}

const FOLLOW = { Accept: "text/event-stream" };

databaseTest("logs are paged in order of seq", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  await insertLogs(sql, id, 5);
  const first = await test.getJson(`/runs/${id}/logs?limit=3`);
  const second = await test.getJson(`/runs/${id}/logs?limit=3&cursor=${first.next_cursor}`);
  const lines = [...first.logs, ...second.logs];
  assertEquals(lines.map(({ seq, message }) => [seq, message]), [
    [1, "line 1"],
    [2, "line 2"],
    [3, "line 3"],
    [4, "line 4"],
    [5, "line 5"],
  ]);
  assertEquals(Object.keys(lines[0]), ["seq", "attempt", "at", "level", "message", "fields"]);
  assertEquals(lines[0].fields, { user: "a" });
  assertEquals(second.next_cursor, null);
});

databaseTest("items are paged by name and filtered by status", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  await sql`
    insert into run_items (run_id, item, status, error, attempt, at)
    select ${id}, 'user ' || n, case when n % 2 = 0 then 'failed' else 'success' end,
           case when n % 2 = 0 then 'no such user' end, 1, now()
    from generate_series(1, 7) n`;
  const first = await test.getJson(`/runs/${id}/items?limit=4`);
  const second = await test.getJson(`/runs/${id}/items?limit=4&cursor=${first.next_cursor}`);
  const names = [...first.items, ...second.items].map(({ item }) => item);
  assertEquals(names, [1, 2, 3, 4, 5, 6, 7].map((n) => `user ${n}`));
  assertEquals(second.next_cursor, null);
  const failed = await test.getJson(`/runs/${id}/items?status=failed`);
  assertEquals(failed.items.map(({ item, error }: Record<string, string>) => [item, error]), [
    ["user 2", "no such user"],
    ["user 4", "no such user"],
    ["user 6", "no such user"],
  ]);
  assertEquals((await test.request("GET", `/runs/${id}/items?status=lost`)).status, 422);
});

databaseTest(
  "an item that stands in two walks of a run is on a page once for each, between two pages too",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql);
    await sql`
      insert into run_items (run_id, item, walk, status, error, attempt, at)
      select ${id}, 'user ' || n, walk, 'failed', 'no', 1, now()
      from generate_series(1, 2) n, generate_series(0, 1) walk`;
    const path = `/runs/${id}/items`;
    const first = await test.getJson(`${path}?limit=1`);
    const second = await test.getJson(`${path}?cursor=${first.next_cursor}`);
    assertEquals(
      [...first.items, ...second.items].map(({ item, walk }) => [item, walk]),
      [["user 1", 0], ["user 1", 1], ["user 2", 0], ["user 2", 1]],
    );
    const byName = await test.getJson(`${path}?cursor=${btoa('["user 1"]').replace(/=+$/, "")}`);
    assertEquals(byName.items.map(({ item }: { item: string }) => item), ["user 2", "user 2"]);
    const page = await test.request("GET", `/ui/runs/${id}`, { headers: { Accept: "text/html" } });
    assertMatch(await page.text(), /<th scope="col">forEach<[^]*user 1<[^]*>1<[^]*user 1<[^]*>2</);
    for (const cursor of ['["user 1","x"]', '["user 1",40000]', "[1]"]) {
      const answer = await test.request("GET", `${path}?cursor=${btoa(cursor).replace(/=+$/, "")}`);
      assertEquals(answer.status, 422, cursor);
    }
  },
);

databaseTest(
  "a followed log sends each line once as it comes, and ends with the run",
  async ({ sql }) => {
    const gate = Promise.withResolvers<void>();
    const job = testJob({
      async run(ctx) {
        ctx.log.info("before");
        await gate.promise;
        ctx.log.warn("after", { left: 0 });
      },
    });
    await using test = await openTestApp(sql, { jobs: [job] });
    const { run } = await (await test.request("POST", "/jobs/count_words/run")).json();
    const response = await test.request("GET", `/runs/${run.id}/logs`, { headers: FOLLOW });
    assertEquals(response.headers.get("Content-Type"), "text/event-stream");
    assertEquals(response.headers.get("Cache-Control"), "no-store");
    const events = readEvents(response);
    const before = await events.next();
    assertEquals([before?.event, before?.data.message], ["log", "before"]);
    gate.resolve();
    const after = await events.next();
    assertEquals([after?.event, after?.data.message, after?.data.level], ["log", "after", "warn"]);
    assertEquals(Number(after?.id), Number(before?.id) + 1);
    const end = await events.next();
    assertEquals([end?.event, end?.data], ["end", { status: "success", reason: null }]);
    assertEquals(await events.next(), undefined);
  },
);

databaseTest(
  "a followed log of more lines than one look takes comes whole and in order",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql);
    await insertLogs(sql, id, 1_201);
    const events = readEvents(await test.request("GET", `/runs/${id}/logs`, { headers: FOLLOW }));
    for (let seq = 1; seq <= 1_201; seq++) assertEquals((await events.next())?.id, String(seq));
    assertEquals((await events.next())?.event, "end");
  },
);

databaseTest(
  "Last-Event-ID goes on after the line that was seen, and 204 says that all were",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql);
    await insertLogs(sql, id, 3);
    const follow = (seq: string) =>
      test.request("GET", `/runs/${id}/logs`, { headers: { ...FOLLOW, "Last-Event-ID": seq } });
    const events = readEvents(await follow("2"));
    assertEquals((await events.next())?.id, "3");
    assertEquals((await events.next())?.event, "end");
    assertEquals((await follow("3")).status, 204);
    const fromTheStart = readEvents(await follow("nonsense"));
    assertEquals((await fromTheStart.next())?.id, "1");
    await fromTheStart.cancel();
  },
);

databaseTest(
  "a followed log ends when the program does, and when the reader leaves",
  async ({ sql }) => {
    const stopping = new AbortController();
    const gate = Promise.withResolvers<void>();
    await using test = await openTestApp(sql, {
      jobs: [testJob({ run: () => gate.promise })],
      stopping: stopping.signal,
    });
    const { run } = await (await test.request("POST", "/jobs/count_words/run")).json();
    const open = () => test.request("GET", `/runs/${run.id}/logs`, { headers: FOLLOW });
    const left = readEvents(await open());
    const leaving = left.next();
    await left.cancel();
    assertEquals(await leaving, undefined);
    const cut = readEvents(await open());
    const ending = cut.next();
    stopping.abort();
    assertEquals(await ending, undefined);
    gate.resolve();
    await test.engine.idle();
  },
);

databaseTest("a line of a job that holds the wire's own marks stays one line", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  const message = "a\n\nevent: end\ndata: {}\n\r<script>";
  await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message)
    values (${id}, 1, 1, now(), 'info', ${message})`;
  const events = readEvents(await test.request("GET", `/runs/${id}/logs`, { headers: FOLLOW }));
  const line = await events.next();
  assertEquals([line?.event, line?.data.message], ["log", message]);
  assertEquals((await events.next())?.event, "end");
  assert(await events.next() === undefined);
});
