import { assertEquals } from "@std/assert";
import { migrate } from "../../../lib/db/migrate.ts";
import { migrations } from "../../../lib/db/migrations/mod.ts";
import type { Json } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { insertRun, insertSchedule, START } from "../../support/factories.ts";

const walk = (failed: number) => ({ cursor: null, done: 1, failed, counts: {} });

databaseTest(
  "items that failed before walks were told apart come to each walk that had failures",
  async ({ sql }) => {
    await sql.unsafe("drop schema public cascade; create schema public;").simple();
    await migrate(sql, { migrations: migrations.filter(({ id }) => id < 12) });
    await insertSchedule(sql);
    const runWith = async (checkpoint: Json) => {
      const { id } = await insertRun(sql, { status: "failed", finished_at: START });
      await sql`update job_runs set checkpoint = ${sql.json(checkpoint as never)} where id = ${id}`;
      await sql`
        insert into run_items (run_id, item, status, error, attempt, at)
        values (${id}, 'a', 'failed', 'no', 1, now()), (${id}, 'b', 'success', null, 1, now())`;
      return id;
    };
    const onlyFirst = await runWith({ value: null, each: [walk(1), walk(0)] });
    const onlySecond = await runWith({ value: null, each: [walk(0), walk(1)] });
    const both = await runWith({ value: null, each: [walk(1), null, walk(1)] });
    const unknown = await runWith(null);

    await migrate(sql);

    const failedWalksOf = async (id: string) => {
      const rows = await sql<{ walk: number }[]>`
        select walk from run_items where run_id = ${id} and status = 'failed' order by walk`;
      return rows.map(({ walk }) => walk);
    };
    assertEquals(await failedWalksOf(onlyFirst), [0]);
    assertEquals(await failedWalksOf(onlySecond), [1]);
    assertEquals(await failedWalksOf(both), [0, 2]);
    assertEquals(await failedWalksOf(unknown), [0]);
    const [{ done }] = await sql`
      select count(*)::int as done from run_items where status = 'success'`;
    assertEquals(done, 4);
  },
);
