import { assertEquals } from "@std/assert";
import { openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

databaseTest(
  "a list of things that is cut says so, and one that is whole does not",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const read = async () => {
      const headers = { Accept: "text/html" };
      const page = await (await test.request("GET", "/ui/results/learning", { headers })).text();
      return { links: page.split("?id=u").length - 1, isCut: page.includes("there are more") };
    };
    await sql`insert into users (user_id) select 'u' || n from generate_series(1, 50) n`;
    assertEquals(await read(), { links: 50, isCut: false });
    await sql`insert into users (user_id) values ('u51')`;
    assertEquals(await read(), { links: 50, isCut: true });
  },
);
