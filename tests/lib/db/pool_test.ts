import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { isConnectionError } from "../../../lib/db/errors.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { transact } from "../../../lib/db/transaction.ts";
import { databaseTest } from "../../support/database.ts";
import { settled, until } from "../../support/until.ts";

const serverTest = databaseTest.onlyPostgres("connections are cut and counted by the server");

/** A pool with a name of its own, by which the server knows its connections. */
async function withPool(
  url: string,
  max: number,
  work: (pool: Sql, name: string) => Promise<void>,
): Promise<void> {
  const name = `pool ${crypto.randomUUID()}`;
  const pool = connectPostgres({ url, max, applicationName: name });
  try {
    await work(pool, name);
  } finally {
    await pool.end({ timeout: 1 });
  }
}

/** Ends the connections of a pool; resolves when the server has none of them. */
async function cut(sql: Sql, name: string): Promise<void> {
  await sql`
    select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = ${name}`;
}

async function countConnections(sql: Sql, name: string): Promise<number> {
  const [{ count }] = await sql`
    select count(*)::int as count from pg_stat_activity where application_name = ${name}`;
  return count;
}

serverTest(
  "what follows an answer that was cut off half-way begins with its own first row",
  async ({ url }) => {
    await withPool(url, 1, async (pool) => {
      // The first row is large enough to be sent before the second one ends the connection.
      const error = await assertRejects(() =>
        pool`
          select repeat('x', 100000), case n when 2 then pg_terminate_backend(pg_backend_pid()) end
          from generate_series(1, 3) n`
      );
      assert(isConnectionError(error));
      for (const one of [1, 2]) {
        assertEquals([...await pool`select ${one}::int as one`], [{ one }]);
      }
    });
  },
);

serverTest(
  "what is sent as soon as a statement met its connection cut is answered",
  async ({ sql, url }) => {
    await withPool(url, 1, async (pool, name) => {
      await pool`select`;
      for (let round = 1; round <= 10; round++) {
        await cut(sql, name);
        await assertEnds(() => pool`select`);
        const answer = await settled(`answer ${round}`, pool`select ${round}::int as round`);
        assertEquals([...answer], [{ round }]);
      }
    });
  },
);

serverTest(
  "a transaction that begins on a connection that was cut rejects or is carried out",
  async ({ sql, url }) => {
    await withPool(url, 1, async (pool, name) => {
      await pool`select`;
      for (let round = 1; round <= 10; round++) {
        await cut(sql, name);
        await assertEnds(() => transact(pool, (tx) => tx`select`));
        const answer = await settled(
          `transaction ${round}`,
          transact(pool, (tx) => tx`select ${round}::int as round`),
        );
        assertEquals([...answer], [{ round }]);
      }
    });
  },
);

/** Resolves once it has ended, well or by a cut connection. */
async function assertEnds(send: () => PromiseLike<unknown>): Promise<void> {
  const ended = Promise.resolve(send()).catch((error) => assert(isConnectionError(error)));
  await settled("it ends", ended);
}

serverTest("a pool opens as many connections as it may, and no more", async ({ sql, url }) => {
  await withPool(url, 3, async (pool, name) => {
    const goOn = Promise.withResolvers<void>();
    const holding = [1, 2, 3].map(() =>
      transact(pool, async (tx) => {
        await tx`select`;
        await goOn.promise;
      })
    );
    await until("three are open", async () => await countConnections(sql, name) === 3);
    const waiting = [1, 2, 3, 4].map((n) => pool`select ${n}::int as n`);
    goOn.resolve();
    const answers = await Promise.all(waiting);
    await Promise.all(holding);
    assertEquals(answers.map(([{ n }]) => n), [1, 2, 3, 4]);
    assertEquals(await countConnections(sql, name), 3);
  });
});

serverTest("a pool that is ended refuses what waits and what comes", async ({ sql, url }) => {
  await withPool(url, 1, async (pool, name) => {
    const [isOpen, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = transact(pool, async (tx) => {
      await tx`select`;
      isOpen.resolve();
      await goOn.promise;
    });
    await isOpen.promise;
    const waiting = assertRejects(() => pool`select`, Error, "CONNECTION_ENDED");
    const ended = pool.end({ timeout: 60 });
    await waiting;
    await assertRejects(() => transact(pool, (tx) => tx`select`), Error, "CONNECTION_ENDED");
    goOn.resolve();
    await Promise.all([holding, ended]);
    await until("none is open", async () => await countConnections(sql, name) === 0);
  });
});
