import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { insertRun, openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { assertEachOnce, BROWSER, readPage, walkPages } from "../../support/pages.ts";
import { addMemory } from "../../support/profiles_factories.ts";

for (
  const [domain, table] of [["learning", "users"], ["students", "students"]] as const
) {
  databaseTest(`every one of many ${table} is on a page, under their number`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    await sql`
      insert into ${sql(table)} (user_id) select 'u' || n from generate_series(1, 101) n`;
    const things = { list: "cursor", item: /\?id=(u\d+)"/g };

    assertEachOnce(await walkPages(test, `/ui/results/${domain}`, things), [50, 50, 1]);
    assertEachOnce(await walkPages(test, `/ui/results/${domain}?q=U1`, things), [13]);
    const word = table.slice(0, -1);
    assertStringIncludes(await readPage(test, `/ui/results/${domain}`), `<h2>101 ${word}s</h2>`);
    assertStringIncludes(
      await readPage(test, `/ui/results/${domain}?q=u77`),
      `<h2>1 ${word} that fits</h2>`,
    );
    const nobody = await test.request("GET", `/ui/results/${domain}?id=u`, { headers: BROWSER });
    assertEquals(nobody.status, 404);
  });
}

databaseTest("every word and week of a user is on a page of its own list", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`insert into users (user_id) values ('u1')`;
  await sql`
    insert into personal_dictionary (user_id, word, source, added_at)
    select 'u1', 'word' || n, 'user', timestamptz '2026-01-01' + (n / 7) * interval '1 hour'
    from generate_series(1, 60) n`;
  await sql`
    insert into progress_snapshots (user_id, week_start, errors, distinct_patterns, corrected, ignored,
                                    improving, top_patterns)
    select 'u1', date '2026-01-05' + n * 7, 0, 0, 0, 0, 0, '[]' from generate_series(1, 13) n`;
  const path = "/ui/results/learning?id=u1";

  const words = { list: "words", item: />(word\d+)</g };
  assertEachOnce(await walkPages(test, path, words), [50, 10]);
  assertEachOnce(
    await walkPages(test, path, { list: "weeks", item: />(2026-\d\d-\d\d)</g }),
    [12, 1],
  );
  assertMatch(await readPage(test, path), /50 of 60/);
});

databaseTest("every day of a student is on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`insert into students (user_id) values ('s1')`;
  await sql`
    insert into performance_snapshots (user_id, day, time_zone, snapshot_date, lessons_completed_count,
                                       time_spent_minutes, plan_completed_count, plan_due_count)
    select 's1', date '2026-01-01' + n, 'UTC', date '2026-01-01' + n, 1, 2, 0, 0 from generate_series(1, 61) n`;
  const days = { list: "days", item: />(2026-\d\d-\d\d)</g };
  assertEachOnce(await walkPages(test, "/ui/results/students?id=s1", days), [30, 30, 1]);
});

databaseTest("every champion pair has its place on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`
    insert into history_pairs (generation, kind, champion, other, games, wins)
    select generation, 'synergy', 1, n + 1, 10, n % 10
    from history_generations, generate_series(1, 23) n
    where status = 'live'`;
  const pairs = { list: "together", item: /Champion 1 with Champion (\d+)<\/th/g };
  const pages = await walkPages(test, "/ui/results/matches", pairs);
  assertEachOnce(pages, [10, 10, 3]);
  assertEquals(pages[0].slice(0, 3), ["10", "20", "9"]);
});

databaseTest("every entity and each of its memories is on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (let n = 0; n < 51; n++) await addMemory(sql, `user:e${n}`, `Likes ${n}`);
  for (let n = 0; n < 51; n++) await addMemory(sql, "bot:nova", `Says ${n}`);
  const things = { list: "cursor", item: /\?id=([\w%]+)"/g };
  assertEachOnce(await walkPages(test, "/ui/results/profiles", things), [50, 2]);
  assertStringIncludes(await readPage(test, "/ui/results/profiles"), "<h2>52 entities</h2>");
  const memories = { list: "memories", item: />(Says \d+)</g };
  assertEachOnce(await walkPages(test, "/ui/results/profiles?id=bot:nova", memories), [50, 1]);
});

databaseTest("a cursor that leads to no page of a list is refused by name", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`insert into users (user_id) values ('u1')`;
  const cursorOf = (...parts: unknown[]) => btoa(JSON.stringify(parts)).replace(/=+$/, "");
  const run = await insertRun(sql);
  for (
    const [path, name] of [
      [`/ui/runs/${run}?items=${cursorOf(7)}`, "items"],
      ["/ui/runs?cursor=garbage", "cursor"],
      ["/ui/runs?cursor=1_x", "cursor"],
      [`/ui/runs?cursor=${cursorOf("now", "x")}`, "cursor"],
      ["/ui/jobs/count_words?cursor=garbage", "cursor"],
      ["/ui/results/learning?cursor=garbage", "cursor"],
      [`/ui/results/learning?cursor=${cursorOf("\0")}`, "cursor"],
      [`/ui/results/learning?id=u1&words=${cursorOf(1e20, "a")}`, "words"],
      [`/ui/results/learning?id=u1&weeks=${cursorOf("2026-02-31")}`, "weeks"],
      [`/ui/results/matches?together=${cursorOf(0.5)}`, "together"],
    ]
  ) {
    const answer = await test.request("GET", path, { headers: BROWSER });
    assertEquals(answer.status, 422, path);
    assertStringIncludes(await answer.text(), `its ${name} leads to no page of this list`);
  }
});
