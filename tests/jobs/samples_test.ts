import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sample } from "../../jobs/sample_loader.ts";
import { fillWithSample, loadSample, tellLoaded } from "../../jobs/samples.ts";
import { awaitsFirstFill } from "../../lib/first_fill_store.ts";
import { openTestApp } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

/** A domain whose first load adds a user, and whose next adds none. */
const people: Sample = {
  name: "people",
  loader: () =>
    Promise.resolve({
      async sample(sql, { users }) {
        const { count } = await sql`
          insert into users (user_id) values (${`one of ${users}`}) on conflict do nothing`;
        return { users_added: count };
      },
    }),
};

databaseTest("a first start with an empty list of samples fills nothing in", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const said = test.logLines.length;
  await fillWithSample(test.engine, []);
  assertEquals(test.logLines.slice(said), []);
  assertEquals([...await sql`select user_id from users`], []);
  assertEquals(await awaitsFirstFill(sql), false);
});

databaseTest("loading without any sample in the list says that there is none", async ({ sql }) => {
  await using test = await openTestApp(sql);
  tellLoaded(test.engine.log, await loadSample(test.engine, {}, () => {}, []));
  assertStringIncludes(test.logLines.at(-1)!, "Nothing was added: jobs/samples.ts lists no sample");
});

databaseTest("a first start loads what is listed, and says what it added", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await fillWithSample(test.engine, [people]);
  assertStringIncludes(test.logLines.at(-2)!, "Filling the new database with sample data");
  assertStringIncludes(test.logLines.at(-1)!, "Sample data loaded");
  assertEquals([...await sql`select user_id from users`], [{ user_id: "one of 150" }]);
  assertEquals(await awaitsFirstFill(sql), false);
});

databaseTest("loading tells the rows added by domain", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const load = () => loadSample(test.engine, { users: 7 }, () => {}, [people]);
  assertEquals(await load(), { people: { users_added: 1 } });
  assertEquals(await load(), { people: { users_added: 0 } });
});

databaseTest.onlyPostgres("another process cannot reach the test's embedded database")(
  "deno task sample, a second time, says that all is there already",
  async ({ url }) => {
    const load = async () => {
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "-A", "jobs/cli/sample.ts", "--users", "2", "--weeks", "1"],
        env: { DATABASE_URL: url, API_KEYS: "", NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(code, 0, text);
      return text;
    };
    assertStringIncludes(await load(), "Sample data loaded");
    const again = await load();
    assertStringIncludes(again, "Nothing was added: all sample data is there already");
    assertEquals(again.includes("Sample data loaded"), false);
  },
);
