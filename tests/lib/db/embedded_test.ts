import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import type { BackendBounds } from "../../../lib/db/embedded_backend.ts";
import type { EmbeddedDatabase } from "../../../lib/db/embedded.ts";
import { isConnectionError, isSqlState } from "../../../lib/db/errors.ts";
import { openMigratedEmbedded } from "../../support/embedded_database.ts";

let shared: EmbeddedDatabase | undefined;

/** A test on an embedded database with an empty table `notes`; on one of its own when it has other bounds. */
function embeddedTest(
  name: string,
  body: (database: EmbeddedDatabase) => Promise<void>,
  bounds?: Partial<BackendBounds>,
): void {
  Deno.test(name, async () => {
    const database = bounds
      ? await openMigratedEmbedded(bounds)
      : shared ??= await openMigratedEmbedded();
    try {
      await database.sql`drop table if exists notes`;
      await database.sql`create table notes (id integer, note text)`;
      await body(database);
    } finally {
      if (bounds) await database.close();
    }
  });
}

const notesOf = async ({ sql }: EmbeddedDatabase) =>
  (await sql<{ note: string }[]>`select note from notes order by id`).map(({ note }) => note);

embeddedTest(
  "unnamed statements of several pools never get each other's answers",
  async (database) => {
    const pools = Array.from({ length: 3 }, () => database.connect());
    const answers = await Promise.all(
      Array.from({ length: 2_100 }, async (_, number) => {
        const pool = pools[number % pools.length];
        const [row] = await pool.unsafe(`select $1::int as number, 'text ${number}' as text`, [
          number,
        ]);
        return row.number === number && row.text === `text ${number}`;
      }),
    );
    await Promise.all(pools.map((pool) => pool.end()));
    assertEquals(answers.filter((isOwn) => !isOwn).length, 0);
  },
);

embeddedTest("a transaction shuts the others out until it ends", async (database) => {
  const other = database.connect();
  let seen: Promise<string[]> | undefined;
  await database.sql.begin(async (tx) => {
    await tx`insert into notes values (1, 'first')`;
    seen = other`select note from notes order by id`.then((rows) => rows.map(({ note }) => note));
    await tx`insert into notes values (2, 'second')`;
    await new Promise((resolve) => setTimeout(resolve, 0));
    await tx`insert into notes values (3, 'third')`;
  });
  assertEquals(await seen, ["first", "second", "third"]);
  await other.end();
});

embeddedTest("transactions of two pools take turns, each whole", async (database) => {
  const pools = [database.connect(), database.connect()];
  await database.sql`insert into notes values (0, '0')`;
  await Promise.all(
    Array.from({ length: 100 }, (_, number) =>
      pools[number % 2].begin(async (tx) => {
        const [{ note }] = await tx`select note from notes where id = 0`;
        await tx`update notes set note = ${String(Number(note) + 1)} where id = 0`;
      })),
  );
  await Promise.all(pools.map((pool) => pool.end()));
  assertEquals(await notesOf(database), ["100"]);
});

embeddedTest("a transaction that fails leaves nothing", async (database) => {
  await assertRejects(
    () =>
      database.sql.begin(async (tx) => {
        await tx`insert into notes values (1, 'lost')`;
        await tx`select 1 / 0`;
      }),
    Error,
    "division by zero",
  );
  assertEquals(await notesOf(database), []);
});

embeddedTest("a client that vanishes in a transaction is rolled back", async (database) => {
  const vanishing = database.connect();
  const begun = Promise.withResolvers<void>();
  const transaction = vanishing.begin(async (tx) => {
    await tx`insert into notes values (1, 'lost')`;
    begun.resolve();
    await new Promise(() => {});
  });
  const failure = assertRejects(() => transaction);
  await begun.promise;
  await vanishing.end({ timeout: 0 });
  assertEquals(isConnectionError(await failure), true);
  assertEquals(await notesOf(database), []);
});

embeddedTest(
  "a statement that waits too long for another's transaction fails, and the transaction goes on",
  async (database) => {
    const other = database.connect();
    await database.sql.begin(async (tx) => {
      await tx`insert into notes values (1, 'kept')`;
      const error = await assertRejects(() => other`select ${1}::int`);
      assertEquals(isSqlState(error, "57014"), true);
      await tx`insert into notes values (2, 'kept too')`;
    });
    assertEquals((await other`select ${2}::int as two`)[0].two, 2);
    await other.end();
    assertEquals(await notesOf(database), ["kept", "kept too"]);
  },
  { waitMs: 50 },
);

embeddedTest(
  "a transaction that pauses too long is rolled back and its connection closed",
  async (database) => {
    const other = database.connect();
    const paused = Promise.withResolvers<void>();
    const transaction = database.sql.begin(async (tx) => {
      await tx`insert into notes values (1, 'lost')`;
      paused.resolve();
      await new Promise(() => {});
    });
    const failure = assertRejects(() => transaction);
    await paused.promise;
    assertEquals((await other`select count(*)::int as notes from notes`)[0].notes, 0);
    assertEquals(isConnectionError(await failure), true);
    await other.end();
  },
  { idleInTransactionMs: 50 },
);

for (
  const setting of [
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "statement_timeout",
  ]
) {
  embeddedTest(`${setting} is without effect, and harms nothing`, async (database) => {
    await database.sql.begin(async (tx) => {
      await tx.unsafe(`set local ${setting} = '1ms'`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tx`insert into notes values (1, 'kept')`;
    });
    assertEquals(await notesOf(database), ["kept"]);
  });
}

for (
  const statement of ["copy notes from stdin", "select 1; copy notes (id) from /* */ STDIN csv"]
) {
  embeddedTest(`COPY FROM STDIN is refused: ${statement}`, async ({ sql }) => {
    const error = await assertRejects(
      () => sql.unsafe(statement),
      Error,
      "the embedded database does not take COPY FROM STDIN",
    );
    assertEquals(isSqlState(error, "0A000"), true);
    assertEquals((await sql`select 1 as one`)[0].one, 1);
  });
}

embeddedTest("COPY FROM STDIN is refused as a parsed statement, too", async ({ sql }) => {
  await assertRejects(() => sql`copy notes from stdin`, Error, "does not take COPY FROM STDIN");
  assertEquals((await sql`select 1 as one`)[0].one, 1);
});

embeddedTest("text that only speaks of COPY FROM STDIN passes", async ({ sql }) => {
  const [{ text }] = await sql.unsafe("select 'copy notes from stdin' as text");
  assertEquals(text, "copy notes from stdin");
});

embeddedTest("recursion without end fails, and the database goes on", async ({ sql }) => {
  await sql`
    create or replace function deeper(n integer) returns integer
    language plpgsql as $$ begin return deeper(n + 1); end $$`;
  const error = await assertRejects(() => sql`select deeper(1)`);
  assertEquals(isSqlState(error, "54001"), true);
  assertEquals((await sql`select 1 as one`)[0].one, 1);
});

embeddedTest("a pool that is closed leaves no prepared statement behind", async (database) => {
  const count = async () =>
    (await database.sql`select count(*)::int as n from pg_prepared_statements`)[0].n;
  const before = await count();
  const pool = database.connect();
  for (let number = 0; number < 10; number++) {
    await pool.unsafe(`select ${number} + $1::int`, [1], { prepare: true });
  }
  assertGreater(await count(), before);
  await pool.end();
  assertEquals(await count(), before);
});

embeddedTest("a pool can prepare more statements than it pipelines", async ({ sql }) => {
  const rows = await Promise.all(
    Array.from({ length: 300 }, (_, number) => sql.unsafe(`select ${number} as number`)),
  );
  assertEquals(rows.map(([{ number }]) => number), Array.from({ length: 300 }, (_, n) => n));
});

embeddedTest("an answer of many megabytes arrives whole", async ({ sql }) => {
  const rows = await sql`select repeat('x', 1000) as text from generate_series(1, 20000)`;
  assertEquals(rows.length, 20_000);
  assert(rows.every(({ text }) => text.length === 1_000));
});

Deno.test("an embedded database in memory that breaks down says so", async () => {
  const database = await openMigratedEmbedded();
  database.backend.engine.pglite.execProtocolRawStream = () => Promise.reject(new Error("trapped"));
  const error = await assertRejects(() => database.sql`select 1`);
  assertEquals(isConnectionError(error), true);
  const again = await assertRejects(() => database.sql`select 1`, Error, "restart the program");
  assertEquals(isConnectionError(again), true);
  await database.close();
});
