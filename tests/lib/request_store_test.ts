import { assertEquals } from "@std/assert";
import { databaseClock } from "../../lib/clock.ts";
import { insertManualRun, type ManualRun } from "../../lib/request_store.ts";
import { databaseTest } from "../support/database.ts";
import { readSchedule } from "../support/engine.ts";
import { insertRun, insertSchedule } from "../support/factories.ts";
import { settled, until } from "../support/until.ts";

const RETRY: ManualRun = {
  trigger: "retry",
  botId: "*",
  params: {},
  dryRun: false,
  asOf: null,
  retryOf: null,
  failedItemsOnly: false,
  triggeredBy: "test",
  idempotency: null,
};

databaseTest.onlyPostgres("the embedded database has one session at a time")(
  "a retry that meets a dispatch of its row waits for it, and neither for the other",
  async ({ sql, connect }) => {
    await insertSchedule(sql);
    const row = await readSchedule(sql);
    const { retry } = await connect().begin(async (tx) => {
      await tx`select from scheduled_jobs where id = ${row.id} for update`;
      const retry = insertManualRun(connect(), databaseClock, row, RETRY);
      await until("the retry waits", async () => {
        const waiting = await sql`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return waiting.length === 1;
      });
      await insertRun(tx as unknown as typeof sql, { exclusive: true });
      return { retry };
    });
    assertEquals(await settled("the retry is over", retry), undefined);
  },
);
