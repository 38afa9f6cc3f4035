/** What may be done with a pool: of one connection, so that whatever keeps it holds up what comes after. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Sql } from "../../../lib/db/sql.ts";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { databaseTest } from "../../support/database.ts";
import { settled } from "../../support/until.ts";

/** Each twice: the second finds what the first left. */
function poolTest(name: string, act: (pool: Sql) => Promise<unknown>, expected: unknown): void {
  databaseTest(`after ${name} the connection is free`, async ({ sql, url }) => {
    // The embedded database has one session, and so has its pool.
    const pool = url ? connectPostgres({ url, max: 1 }) : sql;
    try {
      for (const time of ["first", "second"]) {
        assertEquals(await settled(`${name}, the ${time} time`, act(pool)), expected);
      }
      const after = settled("a statement after it is answered", pool`select 42 as answer`);
      assertEquals([...await after], [{ answer: 42 }]);
    } finally {
      if (pool !== sql) await pool.end({ timeout: 0 });
    }
  });
}

const numbers = (pool: Sql) => pool<{ n: number }[]>`select generate_series(1, 10) as n`;

async function sumOf(pages: AsyncIterable<{ n: number }[]>, until = Infinity): Promise<number> {
  let sum = 0;
  for await (const page of pages) {
    for (const { n } of page) sum += n;
    if (sum >= until) break;
  }
  return sum;
}

poolTest("a walk by cursor", (pool) => sumOf(numbers(pool).cursor(3)), 55);

poolTest("a walk by cursor that ends early", (pool) => sumOf(numbers(pool).cursor(3), 6), 6);

poolTest(
  "a walk by cursor that fails",
  (pool) =>
    assertRejects(() => sumOf(pool<{ n: number }[]>`select 1 / 0 as n`.cursor(3)))
      .then((error) => (error as Error).message),
  "division by zero",
);

poolTest("a transaction with options", (pool) =>
  pool.begin("read only", async (tx) => {
    const [{ transaction_read_only }] = await tx`show transaction_read_only`;
    return transaction_read_only;
  }), "on");

poolTest("a notification", async (pool) => (await pool.notify("channel", "payload")).length, 1);

poolTest("a file", async (pool) => {
  const path = await Deno.makeTempFile({ suffix: ".sql" });
  try {
    await Deno.writeTextFile(path, "select 7 as seven");
    const [{ seven }] = await pool.file(path);
    return seven;
  } finally {
    await Deno.remove(path);
  }
}, 7);

poolTest("rows sent by COPY", async (pool) => {
  let text = "";
  const lines = await pool`copy (select generate_series(1, 3)) to stdout`.readable();
  for await (const chunk of lines) text += chunk;
  return text;
}, "1\n2\n3\n");

const serverTest = databaseTest.onlyPostgres("the embedded database takes no COPY FROM STDIN");

serverTest("rows taken by COPY let statements beside them pass", async ({ connect, url }) => {
  await connect()`create table numbers (n integer)`;
  const pool = connectPostgres({ url: url!, max: 2 });
  try {
    const rows = await pool`copy numbers from stdin`.writable();
    rows.write("1\n2\n");
    const beside = await settled("another is answered", pool`select count(*)::int from numbers`);
    assertEquals([...beside], [{ count: 0 }]);
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    rows.end("3\n", () => resolve());
    await settled("all rows are taken", taken);
    const after = await settled("the next is answered", pool`select count(*)::int from numbers`);
    assertEquals([...after], [{ count: 3 }]);
  } finally {
    await pool.end({ timeout: 0 });
  }
});

databaseTest("what needs a session of its own is refused", ({ sql }) => {
  const driver = sql as unknown as Record<string, () => void>;
  for (const name of ["reserve", "listen", "subscribe", "largeObject"]) {
    assertThrows(() => driver[name](), TypeError, `sql.${name}() would need a session of its own`);
  }
  return Promise.resolve();
});
