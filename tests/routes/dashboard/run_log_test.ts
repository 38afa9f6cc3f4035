import { assertEquals, assertStringIncludes } from "@std/assert";
import { insertRun, openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

databaseTest("a log is searched and filtered by level without a script", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const id = await insertRun(sql);
  const lines = [
    ["debug", "Reading users", null],
    ["info", "Read the users", { count: 3 }],
    ["warn", "One user has no words", { user: "u7" }],
    ["error", "50% of <it> failed_", null],
  ] as const;
  for (const [place, [level, message, fields]] of lines.entries()) {
    await sql`
      insert into run_logs (run_id, seq, attempt, at, level, message, fields)
      values (${id}, ${place + 1}, 1, now(), ${level}, ${message}, ${fields && sql.json(fields)})`;
  }
  const headers = { Accept: "text/html" };
  const read = async (query: string) =>
    await (await test.request("GET", `/ui/runs/${id}${query}`, { headers })).text();
  const levelsOf = async (query: string) =>
    [...(await read(query)).matchAll(/data-level="(\w+)"/g)].map(([, level]) => level);

  assertEquals(await levelsOf(""), ["debug", "info", "warn", "error"]);
  assertEquals(await levelsOf("?level=warn"), ["warn", "error"]);
  assertEquals(await levelsOf("?q=USER"), ["debug", "info", "warn"]);
  assertEquals(await levelsOf("?level=info&q=u7"), ["warn"]);
  assertEquals(await levelsOf("?q=%25+of+%3Cit%3E+failed_"), ["error"]);
  assertEquals(await levelsOf("?q=%00&level="), ["debug", "info", "warn", "error"]);
  assertStringIncludes(await read("?level=warn&q=u7"), 'name="q" value="u7"');
  assertEquals(await levelsOf("?level=loud"), []);
  assertStringIncludes(await read("?level=loud"), "loud is not a level");
});

databaseTest(
  "a stack stands in a log as it was written, folded where it is long",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql);
    const stack = ["Error: <b>", "    at a", "    at b", "    at c"].join("\n");
    await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message, fields)
    values (${id}, 1, 1, now(), 'error', 'Attempt 1 failed', ${sql.json({ stack, user: "u7" })}),
           (${id}, 2, 1, now(), 'error', 'Short', ${sql.json({ stack: "Error\n    at a" })})`;
    const page = await (await test.request("GET", `/ui/runs/${id}`, {
      headers: { Accept: "text/html" },
    })).text();
    assertStringIncludes(
      page,
      "Attempt 1 failed <i>{&quot;user&quot;:&quot;u7&quot;}</i></span>" +
        '<details class="more" ><summary>stack, 4 lines</summary>' +
        "<pre>Error: &lt;b&gt;\n    at a\n    at b\n    at c</pre></details>",
    );
    assertStringIncludes(page, 'Short</span><details class="more" open>');
  },
);

databaseTest(
  "a log that is longer than its page says so where no script goes on",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql);
    await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message)
    select ${id}, n, 1, now(), 'info', 'line' from generate_series(1, 1001) n`;
    const answer = await test.request("GET", `/ui/runs/${id}`, {
      headers: { Accept: "text/html" },
    });
    assertStringIncludes(
      await answer.text(),
      "The first 1,000 lines; all of them are in the download",
    );
  },
);
