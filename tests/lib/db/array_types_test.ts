import { assertEquals } from "@std/assert";
import { connectPostgres } from "../../../lib/db/connect.ts";
import { databaseTest } from "../../support/database.ts";

const INSTANT = new Date("2026-07-20T12:00:00.123Z");

for (
  const { type, elements } of [
    { type: "text", elements: ["plain", "", "null", 'a "b" \\ {c}, d', "two\nlines", "é", null] },
    { type: "int", elements: [1, -2, null] },
    { type: "bigint", elements: ["9007199254740993", null] },
    { type: "float8", elements: [0.5, -1e300, null] },
    { type: "uuid", elements: ["9b2f0a52-3a52-4c7e-9b0e-0d6c1a1f3a11", null] },
    { type: "jsonb", elements: [{ a: ['"', 1] }, "text", null] },
    { type: "int", elements: [[1, 2], [3, 4]] },
    { type: "text", elements: [] },
  ] as const
) {
  databaseTest(
    `${type}[] of ${JSON.stringify(elements)} comes back as it went`,
    async ({ sql }) => {
      const [row] = await sql`select ${elements as never}::${sql.unsafe(type)}[] as elements`;

      assertEquals(row.elements, [...elements]);
    },
  );
}

databaseTest("instants are bound as ISO strings and come back as dates", async ({ sql }) => {
  const [row] = await sql`
    select ${[INSTANT.toISOString()]}::timestamptz[] as instants, array[null]::date[] as days`;

  assertEquals(row, { instants: [INSTANT], days: [null] });
});

databaseTest("booleans come back as booleans", async ({ sql }) => {
  const [row] = await sql`select array[true, false, null] as booleans`;

  assertEquals(row.booleans, [true, false, null]);
});

databaseTest("an array with a lower bound of its own is read", async ({ sql }) => {
  const [row] = await sql`select '[0:1]={7,8}'::int[] as numbers`;

  assertEquals(row.numbers, [7, 8]);
});

databaseTest.onlyPostgres("the embedded database has no addresses")(
  "the first statement of a connection may have arrays, however fast the server is",
  async ({ url }) => {
    const wide = `-- ${"x".repeat(1100)}\n`;
    const failures = [];
    for (let i = 0; i < 50; i++) {
      const sql = connectPostgres({ url, max: 1 });
      try {
        await sql.unsafe(`${wide}select $1::text[]`, [["a", "b"]] as never, { prepare: true });
      } catch (error) {
        failures.push(error);
      } finally {
        await sql.end();
      }
    }

    assertEquals(failures, []);
  },
);
