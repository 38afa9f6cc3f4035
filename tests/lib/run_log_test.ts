import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { LogLine } from "../../lib/attempt_store.ts";
import { ConnectionLostError } from "../../lib/db/errors.ts";
import { RunLog } from "../../lib/run_log.ts";
import { databaseTest } from "../support/database.ts";
import { CollectingLog, fakeJob, openTestEngine, readOnlyRun } from "../support/engine.ts";
import { ManualClock } from "../../lib/clock.ts";
import { insertSchedule, START } from "../support/factories.ts";

/** A log whose written lines are kept in `written`. */
function openLog(terminal = new CollectingLog()) {
  const written: LogLine[] = [];
  const log = new RunLog(terminal, "hourly", {
    append: (lines) => Promise.resolve(written.push(...lines)),
    count: () => Promise.resolve(written.length),
  });
  return { log, written, terminal };
}

Deno.test("lines are written in their order with level and fields", async () => {
  const { log, written } = openLog();

  log.info("one", { n: 1 });
  log.debug("two");
  log.warn("three", { gone: undefined });
  log.error("four");
  await log.flush();

  assertEquals(written.map(({ level, message, fields }) => [level, message, fields]), [
    ["info", "one", { n: 1 }],
    ["debug", "two", null],
    ["warn", "three", {}],
    ["error", "four", null],
  ]);
});

Deno.test("the program's own log gets each line at once, with its job", () => {
  const { log, terminal } = openLog();

  log.debug("detail");
  log.info("said", { n: 1 });
  log.end();

  assertEquals(terminal.lines, [
    { level: "debug", message: "detail", fields: { job: "hourly" } },
    { level: "info", message: "said", fields: { job: "hourly", n: 1 } },
  ]);
});

Deno.test("NUL goes and a long message is cut", async () => {
  const { log, written } = openLog();

  log.info("a\0b");
  log.info("x".repeat(20_000));
  await log.flush();

  assertEquals(written.map(({ message }) => message.length), [2, 8_000]);
});

Deno.test("a log keeps 10,000 lines and says that there were more", async () => {
  const { log, written } = openLog();

  for (let n = 1; n <= 10_500; n++) log.debug(`line ${n}`);
  await log.flush();

  assertEquals(written.length, 10_000);
  assertEquals(written.at(-2)?.message, "line 9999");
  assertEquals(written.at(-1)?.message, "More than 10000 lines: the rest is not kept");
});

Deno.test("lines that cannot be written are reported and never fail anybody", async () => {
  const terminal = new CollectingLog();
  const log = new RunLog(terminal, "hourly", {
    append: () => Promise.reject(new Error("refused")),
    count: () => Promise.resolve(0),
  });

  log.info("lost");
  await log.flush();

  assertEquals(terminal.lines.at(-1), {
    level: "warn",
    message: "Cannot keep 1 log lines of hourly",
    fields: { reason: "refused" },
  });
});

/** A log whose store is away until `comes` is called; what it was given before is written or not. */
function openAwayLog(writesUnheard: boolean) {
  const { written, terminal } = openLog();
  let isAway = true;
  const away = () => Promise.reject(new ConnectionLostError("away"));
  const log = new RunLog(terminal, "hourly", {
    append(lines) {
      if (!isAway || writesUnheard) written.push(...lines);
      return isAway ? away() : Promise.resolve();
    },
    count: () => isAway ? away() : Promise.resolve(written.length),
  });
  return { log, written, terminal, comes: () => isAway = false };
}

for (const writesUnheard of [false, true]) {
  Deno.test(
    `lines wait for a database that is away, which ${
      writesUnheard ? "wrote" : "did not write"
    } them unheard, and stand there once`,
    async () => {
      const { log, written, terminal, comes } = openAwayLog(writesUnheard);

      log.info("one");
      log.info("two");
      await assertRejects(() => log.flush(), ConnectionLostError);
      log.info("three");
      await assertRejects(() => log.flush(), ConnectionLostError);
      comes();
      await log.flush();
      log.info("four");
      await log.flush();
      log.end();

      const messages = ["one", "two", "three", "four"];
      assertEquals(written.map(({ message }) => message), messages);
      assertEquals(terminal.lines.map(({ message }) => message), messages);
    },
  );
}

Deno.test("lines that still wait when the attempt ends are told to be lost", async () => {
  const { log, terminal } = openAwayLog(false);
  log.info("one");
  await assertRejects(() => log.flush());

  log.end();

  assertEquals(terminal.lines.at(-1)?.message, "Cannot keep 1 log lines of hourly");
});

Deno.test("lines are held back while a transaction is open, and written after it", async () => {
  const { log, written } = openLog();

  await log.holdDuring(() => {
    log.info("inside");
    return Promise.resolve();
  });
  assertEquals(written, []);
  await log.flush();

  assertEquals(written.map(({ message }) => message), ["inside"]);
});

Deno.test("a log that has ended keeps no more lines, and still speaks to the terminal", async () => {
  const { log, written, terminal } = openLog();
  log.info("before");

  log.end();
  log.info("after");
  await log.flush();

  assertEquals(written, []);
  assertEquals(terminal.lines.map(({ message }) => message), ["before", "after"]);
});

databaseTest("the lines of all attempts of a run stand in one order", async ({ sql }) => {
  await insertSchedule(sql);
  const clock = new ManualClock(START);
  const job = fakeJob({
    async run(ctx) {
      ctx.log.info(`begin ${ctx.attempt}`, { attempt: ctx.attempt });
      await ctx.transaction(async (tx) => {
        ctx.log.debug("in the transaction");
        await tx`select 1`;
      });
      ctx.log.info(`end ${ctx.attempt}`);
      if (ctx.attempt === 1) throw new Error("once more");
    },
    policies: { backoff: { firstMs: 0, maxMs: 0, spread: 0 } },
  });
  await using test = openTestEngine(sql, { clock, jobs: [job] });

  await test.tickAndWait();

  const lines = await sql<{ seq: number; attempt: number; message: string }[]>`
    select seq, attempt, message from run_logs order by seq`;
  assertEquals(lines.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals(lines.map(({ attempt, message }) => `${attempt} ${message}`), [
    "1 begin 1",
    "1 in the transaction",
    "1 end 1",
    "1 Attempt 1 failed: once more",
    "2 begin 2",
    "2 in the transaction",
    "2 end 2",
  ]);
});

databaseTest("what failed is in the run's log with its stack", async ({ sql }) => {
  await insertSchedule(sql);
  const run = () => Promise.reject(new TypeError("no such user"));
  await using test = openTestEngine(sql, { jobs: [fakeJob({ run, policies: { retries: 0 } })] });

  await test.tickAndWait();

  const [line] = await sql`select level, message, fields from run_logs`;
  assertEquals([line.level, line.message], ["error", "Attempt 1 failed: no such user"]);
  assertStringIncludes(line.fields.stack, "run_log_test.ts");
  assertEquals((await readOnlyRun(sql)).status, "failed");
});
