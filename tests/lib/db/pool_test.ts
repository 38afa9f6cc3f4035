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
  answerMs: number | null = null,
): Promise<void> {
  const name = `pool ${crypto.randomUUID()}`;
  const pool = connectPostgres({ url, max, applicationName: name, answerMs });
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

serverTest(
  "a statement that is cancelled while it waits leaves its connection to others",
  async ({ url }) => {
    await withPool(url, 1, async (pool) => {
      const running = pool.begin((tx) => tx`select pg_sleep(0.2)`);
      const waiting = pool`select`;
      const cancelled = assertRejects(() => waiting, Error, "canceling statement");
      // What it is sent by comes a turn after it was asked for.
      await new Promise((resolve) => setTimeout(resolve, 0));
      waiting.cancel();
      await Promise.all([running, cancelled]);
      for (const one of [1, 2]) {
        const answer = await settled(`answer ${one}`, pool`select ${one}::int as one`);
        assertEquals([...answer], [{ one }]);
      }
    });
  },
);

serverTest("each statement that takes too long ends on the server, too", async ({ sql, url }) => {
  await withPool(url, 1, async (pool, name) => {
    for (const one of [1, 2]) {
      const error = await assertRejects(() => pool`select pg_sleep(600)`, Error, "did not answer");
      assert(isConnectionError(error));
      await until(`number ${one} has ended on the server`, async () => {
        const [{ active }] = await sql`
          select count(*)::int as active from pg_stat_activity
          where application_name = ${name} and state = 'active'`;
        return active === 0;
      });
    }
    assertEquals([...await pool`select 1 as one`], [{ one: 1 }]);
  }, 300);
});

serverTest(
  "where the server has fewer connections to give, those serve all",
  async ({ sql, url }) => {
    const role = `few_${crypto.randomUUID().slice(0, 8)}`;
    await sql`create role ${sql(role)} login connection limit 2`;
    try {
      const own = new URL(url);
      own.username = role;
      await withPool(own.href, 8, async (pool) => {
        // The first connection is its statement's own; those that follow have to answer before they are used.
        await pool`select`;
        const all = Array.from({ length: 40 }, (_, n) => pool`select ${n}::int as n`);
        const answers = await settled("all are answered", Promise.all(all));
        assertEquals(answers.map(([{ n }]) => n), all.map((_, n) => n));
      });
    } finally {
      await sql`drop role ${sql(role)}`;
    }
  },
);

Deno.test("all who wait are told at once that there is no server", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withPool(`postgres://u:p@127.0.0.1:${port}/app`, 2, async (pool) => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => pool`select`));
    assertEquals(all.filter(({ status }) => status === "rejected").length, 20);
    for (const ended of all) assert(ended.status === "rejected" && isConnectionError(ended.reason));
  });
});
