import { assertEquals } from "@std/assert";
import { RowIds } from "../../lib/row_ids.ts";
import { databaseTest } from "../support/database.ts";

const STRANGE = [
  "plain",
  "with space",
  'quote"',
  "back\\slash",
  "{brace}",
  "a,b",
  "NULL",
  "é\n",
  "",
];

databaseTest(
  "ids come back from the database as they went, joined or in parts",
  async ({ sql }) => {
    const [{ text }] = await sql<{ text: string }[]>`select ${STRANGE}::text[]::text as text`;
    const ids = RowIds.read(text, STRANGE.length);
    assertEquals(ids.list(), STRANGE);
    const joined = RowIds.join([ids, RowIds.of([]), RowIds.of(["last"]), ids]);
    const [row] = await sql<{ ids: string[] }[]>`select ${joined.text}::text[] as ids`;
    assertEquals(row.ids, [...STRANGE, "last", ...STRANGE]);
    assertEquals(joined.count, row.ids.length);
  },
);

Deno.test("ids are parted only where there are more than may stand together", () => {
  const ids = RowIds.of(["a", "b", "c", "d", "e"]);
  const listsOf = (most: number) => ids.parts(most).map((part) => part.list());
  assertEquals(listsOf(5), [["a", "b", "c", "d", "e"]]);
  assertEquals(listsOf(2), [["a", "b"], ["c", "d"], ["e"]]);
  assertEquals(ids.parts(2).map(({ count }) => count), [2, 2, 1]);
});
