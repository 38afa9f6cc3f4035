import { assert, assertEquals, assertFalse, assertNotEquals, assertRejects } from "@std/assert";
import {
  appendLogs,
  countFailedItems,
  countLogs,
  holdRun,
  type LogLine,
  noteRun,
  readCheckpoint,
  readFailedItems,
  recordItems,
} from "../../lib/attempt_store.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { transact } from "../../lib/db/transaction.ts";
import type { Holding } from "../../lib/run_store.ts";
import { recoverLostRuns } from "../../lib/run_store.ts";
import { databaseTest } from "../support/database.ts";
import { settled, until } from "../support/until.ts";
import type { RunRow } from "../../lib/run.ts";
import { readRunOrFail } from "../support/engine.ts";
import { at, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

const clock = new ManualClock(START);

/** A run at its second attempt, and what its first and second attempts hold of it. */
async function insertSecondAttempt(sql: Sql): Promise<{ past: Holding; present: Holding }> {
  await insertSchedule(sql);
  const { id } = await insertRunningRun(sql, { attempt: 2 });
  return { past: { id, attempt: 1 }, present: { id, attempt: 2 } };
}

function line(message: string): LogLine {
  return { at: START, level: "info", message, fields: null };
}

async function linesOf(sql: Sql): Promise<[number, number, string][]> {
  const rows = await sql<{ seq: number; attempt: number; message: string }[]>`
    select seq, attempt, message from run_logs order by seq`;
  return rows.map(({ seq, attempt, message }) => [seq, attempt, message]);
}

databaseTest("only the present attempt of a run may open a transaction", async ({ sql }) => {
  const { past, present } = await insertSecondAttempt(sql);

  const held = (holding: Holding) => sql.begin((tx) => holdRun(tx, holding, 30_000));

  assertEquals(await held(past), null);
  assertNotEquals(await held(present), null);
});

databaseTest("only the present attempt may read its checkpoint", async ({ sql }) => {
  const { past, present } = await insertSecondAttempt(sql);

  assertEquals(await readCheckpoint(sql, past), undefined);
  assertEquals(await readCheckpoint(sql, present), null);
  await noteRun(sql, present, { checkpoint: "here" });
  assertEquals(await readCheckpoint(sql, present), "here");
});

databaseTest.onlyPostgres("the embedded database has one transaction at a time")(
  "the checkpoint that is being committed is waited for",
  async ({ sql }) => {
    const { present } = await insertSecondAttempt(sql);
    let reading!: Promise<unknown>;

    await sql.begin(async (tx) => {
      await noteRun(tx, present, { checkpoint: "here" });
      let hasRead = false;
      reading = readCheckpoint(sql, present).finally(() => hasRead = true);
      await until("it waits", async () => {
        const waits = await sql`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return hasRead || waits.length > 0;
      });
    });

    assertEquals(await reading, "here");
  },
);

databaseTest("only the present attempt may write progress and checkpoint", async ({ sql }) => {
  const { past, present } = await insertSecondAttempt(sql);
  const notes = { progress: { done: 1, total: 2 }, checkpoint: "here", itemsDone: 1 };

  assertFalse(await noteRun(sql, past, notes));
  const untouched = await readRunOrFail(sql, past.id);
  assertEquals([untouched.progress, untouched.checkpoint, untouched.items_done], [
    null,
    null,
    null,
  ]);
  assert(await noteRun(sql, present, notes));
  const noted = await readRunOrFail(sql, present.id);
  assertEquals([noted.progress, noted.checkpoint, noted.items_done], [
    { done: 1, total: 2 },
    "here",
    1,
  ]);
});

databaseTest("what is not told stays as it is", async ({ sql }) => {
  const { present } = await insertSecondAttempt(sql);
  await noteRun(sql, present, { progress: { done: 1, total: 2 }, checkpoint: "here" });

  await noteRun(sql, present, { itemsFailed: 3 });
  await noteRun(sql, present, { progress: { done: 2, total: null } });

  const run = await readRunOrFail(sql, present.id);
  assertEquals(
    [run.progress, run.checkpoint, run.items_done, run.items_failed],
    [{ done: 2, total: null }, "here", null, 3],
  );
});

databaseTest("only the present attempt may log", async ({ sql }) => {
  const { past, present } = await insertSecondAttempt(sql);

  assertFalse(await appendLogs(sql, past, [line("of a ghost")]));
  assert(await appendLogs(sql, present, [line("of the present")]));

  assertEquals(await linesOf(sql), [[1, 2, "of the present"]]);
});

databaseTest("lines go on where those before ended, in their order", async ({ sql }) => {
  const { present } = await insertSecondAttempt(sql);

  await appendLogs(sql, present, [line("a"), line("b")]);
  await appendLogs(sql, present, [line("c"), line("d"), line("e")]);

  assertEquals((await linesOf(sql)).map(([seq, , message]) => `${seq}${message}`), [
    "1a",
    "2b",
    "3c",
    "4d",
    "5e",
  ]);
});

databaseTest(
  "the lines of an attempt are counted without those of the one before",
  async ({ sql }) => {
    const { present } = await insertSecondAttempt(sql);
    await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message)
    values (${present.id}, 1, 1, ${START}, 'info', 'of the first')`;
    await appendLogs(sql, present, [line("a"), line("b")]);

    assertEquals(await sql.begin((tx) => countLogs(tx, present)), 2);
  },
);

databaseTest.onlyPostgres("two sessions meet")(
  "a count of lines waits for those that are being written",
  async ({ sql, connect }) => {
    const { present } = await insertSecondAttempt(sql);
    const [isWritten, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const writing = connect().begin(async (tx) => {
      await appendLogs(tx, present, [line("a"), line("b")]);
      isWritten.resolve();
      await goOn.promise;
    });
    await isWritten.promise;
    const counting = connect().begin((tx) => countLogs(tx, present));
    await until("the count waits", async () => {
      const [{ waiting }] = await sql`
        select count(*)::int as waiting from pg_locks where not granted`;
      return waiting === 1;
    });
    goOn.resolve();
    await writing;
    assertEquals(await settled("it has counted", counting), 2);
  },
);

databaseTest("a run that is not running takes no notes and no lines", async ({ sql }) => {
  const { present } = await insertSecondAttempt(sql);
  await recoverLostRuns(sql, new ManualClock(at("11:00")), false);

  assertFalse(await noteRun(sql, present, { checkpoint: "late" }));
  assertFalse(await appendLogs(sql, present, [line("late")]));
  assertEquals(await sql.begin((tx) => holdRun(tx, present, 30_000)), null);
  assertEquals(await linesOf(sql), []);
});

databaseTest(
  "failed items are read back by name, and what was done after all is not among them",
  async ({ sql }) => {
    const { present } = await insertSecondAttempt(sql);
    const record = (walk: number, items: Parameters<typeof recordItems>[4]) =>
      sql.begin((tx) => recordItems(tx, clock, present, walk, items));
    await record(0, [
      { item: "c", error: "no" },
      { item: "a", error: "no" },
      { item: "b", error: null },
    ]);
    await record(0, [{ item: "a", error: null }]);
    await record(1, [{ item: "a", error: null }, { item: "b", error: "no" }]);

    const failed = async (walk: number, after: string | null, limit: number) =>
      await readFailedItems(sql, { runId: present.id, walk }, after, limit);
    assertEquals(await failed(0, null, 5), ["a", "c"]);
    assertEquals(await failed(0, null, 1), ["a"]);
    assertEquals(await failed(0, "a", 5), ["c"]);
    assertEquals(await failed(1, null, 5), ["b"]);
    assertEquals(await countFailedItems(sql, { runId: present.id, walk: 0 }), 2);
  },
);

databaseTest.onlyPostgres("the embedded database bounds idle transactions by itself")(
  "a transaction that stands still longer than the lease is cut off, and its run is recovered",
  async ({ sql, connect }) => {
    const { present } = await insertSecondAttempt(sql);
    await sql`create table written (what text)`;
    const frozen = connect();
    const later = new ManualClock(at("11:00"));
    const isHeld = Promise.withResolvers<void>();
    const isCutOff = Promise.withResolvers<void>();

    const transaction = transact(frozen, async (tx) => {
      await holdRun(tx, present, 500);
      await tx`insert into written values ('of a frozen process')`;
      isHeld.resolve();
      await isCutOff.promise;
      await tx`insert into written values ('after it woke up')`;
    });
    const outcome = assertRejects(() => transaction);
    await isHeld.promise;
    assertEquals(await recoverLostRuns(sql, later, false), []);
    let recovered: RunRow[] = [];
    await until("the run is recovered", async () => {
      recovered = await recoverLostRuns(sql, later, false);
      return recovered.length > 0;
    });
    isCutOff.resolve();
    await outcome;

    assertEquals(recovered.map(({ id, status }) => [id, status]), [[present.id, "pending"]]);
    assertEquals((await sql`select from written`).length, 0);
  },
);
