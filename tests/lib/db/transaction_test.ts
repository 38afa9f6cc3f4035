import { assertEquals, assertRejects } from "@std/assert";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { isConnectionError } from "../../../lib/db/errors.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { transact } from "../../../lib/db/transaction.ts";
import { databaseTest } from "../../support/database.ts";
import { settled } from "../../support/until.ts";

const serverTest = databaseTest.onlyPostgres("connections are cut by the server");

/** A pool of one connection, so that the next statement meets the one that was cut. */
async function withOneConnection(url: string, work: (sql: Sql) => Promise<void>): Promise<void> {
  const sql = connectPostgres({ url, max: 1 });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function readPid(sql: Pick<Sql, "unsafe">): Promise<number> {
  const [{ pid }] = await sql.unsafe("select pg_backend_pid() as pid");
  return pid;
}

/** Ends a backend, and resolves when it is gone. */
async function cut(sql: Sql, pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid}, 10000)`;
}

databaseTest("transact() commits what its work wrote and gives its value", async ({ sql }) => {
  await sql`create table notes (note text)`;
  const value = await transact(sql, async (tx) => {
    await tx`insert into notes values ('kept')`;
    return 7;
  });
  assertEquals(value, 7);
  assertEquals([...await sql`select note from notes`], [{ note: "kept" }]);
});

databaseTest("transact() rolls back and rejects when its work does", async ({ sql }) => {
  await sql`create table notes (note text)`;
  await assertRejects(
    () =>
      transact(sql, async (tx) => {
        await tx`insert into notes values ('lost')`;
        throw new RangeError("on purpose");
      }),
    RangeError,
    "on purpose",
  );
  assertEquals([...await sql`select note from notes`], []);
});

databaseTest(
  "transact() rejects although its work forgave a statement that failed",
  async ({ sql }) => {
    await sql`create table notes (note text)`;
    await assertRejects(
      () =>
        transact(sql, async (tx) => {
          await tx`insert into notes values ('lost')`;
          await tx`select 1 / 0`.catch(() => {});
        }),
      Error,
      "division by zero",
    );
    assertEquals([...await sql`select note from notes`], []);
  },
);

databaseTest("a savepoint that fails leaves what was before it", async ({ sql }) => {
  await sql`create table notes (note text)`;
  await transact(sql, async (tx) => {
    await tx`insert into notes values ('kept')`;
    await tx.savepoint(async (inner) => {
      await inner`insert into notes values ('lost')`;
      await inner`select 1 / 0`;
    }).catch(() => {});
  });
  assertEquals([...await sql`select note from notes`], [{ note: "kept" }]);
});

databaseTest("what is sent after a transaction's end is refused", async ({ sql }) => {
  await sql`create table notes (note text)`;
  let kept = sql as unknown as Parameters<Parameters<typeof transact>[1]>[0];
  await transact(sql, (tx) => {
    kept = tx;
    return Promise.resolve();
  });
  await assertRejects(async () => await kept`insert into notes values ('late')`, Error, "is over");
  assertEquals([...await sql`select note from notes`], []);
});

serverTest(
  "a transaction that is cut while a statement runs rejects, and the pool goes on",
  async ({ sql, url }) => {
    await withOneConnection(url, async (one) => {
      const running = Promise.withResolvers<number>();
      const transaction = transact(one, async (tx) => {
        running.resolve(await readPid(tx));
        await tx`select pg_sleep(60)`;
      });
      const rejection = assertRejects(() => transaction, Error);
      await cut(sql, await running.promise);
      assertEquals(isConnectionError(await settled("it rejects", rejection)), true);
      // The driver's next statement may be told of the cut once more.
      await one`select`.catch(() => {});
      const [row] = await settled("the pool answers", one`select 1 as one`);
      assertEquals(row, { one: 1 });
    });
  },
);

serverTest(
  "a transaction that is cut between two statements sends the second one nowhere",
  async ({ sql, url }) => {
    await sql`create table notes (note text)`;
    await withOneConnection(url, async (one) => {
      const [opened, goesOn] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
      const second = Promise.withResolvers<void>();
      const transaction = transact(one, async (tx) => {
        opened.resolve(await readPid(tx));
        await goesOn.promise;
        await assertRejects(
          async () => await tx`insert into notes values ('outside')`,
          Error,
          "cut",
        );
        second.resolve();
      });
      const rejection = assertRejects(() => transaction, Error);
      await cut(sql, await opened.promise);
      assertEquals(isConnectionError(await settled("it rejects", rejection)), true);

      // The connection's successor is in another transaction when the work of the first one goes on.
      await transact(one, async (tx) => {
        await tx`insert into notes values ('inside')`;
        goesOn.resolve();
        await settled("the first one's statement is refused", second.promise);
      });
      assertEquals([...await sql`select note from notes`], [{ note: "inside" }]);
    });
  },
);
