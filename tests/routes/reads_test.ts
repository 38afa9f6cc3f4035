import { assert, assertEquals } from "@std/assert";
import type { Sql } from "../../lib/db/sql.ts";
import { insertRun, openTestApp } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";
import { addAttribute } from "../support/profiles_factories.ts";
import { addStudent } from "../support/students_factories.ts";

/** What a job has to write before there is anything to read. */
const NOTHING_YET = new Set(["/matches/history-index.json", "/matches/platform"]);

/** Number of rows and a digest of them, for every table of the program. */
async function fingerprintTables(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name
    from information_schema.tables
    where table_schema = 'public'
      and table_type = 'BASE TABLE'
    order by table_name`;
  const prints: Record<string, string> = {};
  for (const { name } of tables) {
    const [{ print }] = await sql<{ print: string }[]>`
      select count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as print
      from ${sql(name)} t`;
    prints[name] = print;
  }
  return prints;
}

databaseTest("no GET changes anything", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const runId = await insertRun(sql);
  await sql`
    insert into run_logs (run_id, seq, attempt, at, level, message)
    values (${runId}, 1, 1, now(), 'info', 'x')`;
  await sql`insert into users (user_id) values ('test_user')`;
  await addStudent(sql, "test_user");
  await addAttribute(sql, "user:test_user", "likes", "tea");
  const values: Record<string, string> = {
    id: runId,
    user_id: "test_user",
    job_id: "count_words",
    entity_type: "user",
    entity_id: "test_user",
  };
  const paths = test.app.routes
    .filter(({ method }) => method === "GET")
    .map(({ path }) =>
      path.replace(/(?<=\/(jobs|schedules)\/):id/, "count_words").replaceAll(
        /:(\w+)/g,
        (_, name) => values[name],
      )
    )
    .map((path) => path.endsWith("/correct") ? `${path}?user_id=test_user&word=recieve` : path)
    .map((path) => path.endsWith("/why") ? `${path}?at=2026-01-05T02:00:00Z` : path);
  assert(paths.length > 10);

  const before = await fingerprintTables(sql);
  assert(before.job_runs.startsWith("1 ") && before.engine_state.startsWith("1 "));
  for (const path of paths) {
    for (const headers of [{ Accept: "*/*" }, { Accept: "text/html,text/event-stream" }]) {
      const response = await test.request("GET", path, { headers });
      await response.text();
      assertEquals(response.status, NOTHING_YET.has(path) ? 404 : 200, path);
      assertEquals(await fingerprintTables(sql), before, path);
    }
  }
});
