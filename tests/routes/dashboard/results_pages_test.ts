import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { addMemory } from "../../support/profiles_factories.ts";

const BROWSER = { Accept: "text/html" };

async function read(test: TestApp, path: string): Promise<string> {
  const answer = await test.request("GET", path, { headers: BROWSER });
  assertEquals(answer.status, 200, path);
  return await answer.text();
}

/** What a pattern finds on the pages of a list, a list each, along its ways to the next one. */
async function walk(
  test: TestApp,
  path: string,
  { list, item }: { list: string; item: RegExp },
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next;) {
    const page = await read(test, next);
    pages.push([...page.matchAll(item)].map(([, found]) => found));
    assert(pages.length < 20, "the pages have no end");
    const ways = [...page.matchAll(/<a class="button" href="([^"#]+)#(\w+)">(Older|Next)</g)];
    next = ways.find(([, , name]) => name === list)?.[1].replaceAll("&amp;", "&");
  }
  return pages;
}

function assertEachOnce(pages: string[][], sizes: number[]): void {
  assertEquals(pages.map((page) => page.length), sizes);
  assertEquals(new Set(pages.flat()).size, pages.flat().length);
}

for (
  const [domain, table] of [["learning", "users"], ["students", "students"]] as const
) {
  databaseTest(`every one of many ${table} is on a page, under their number`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    await sql`
      insert into ${sql(table)} (user_id) select 'u' || n from generate_series(1, 101) n`;
    const things = { list: "cursor", item: /\?id=(u\d+)"/g };

    assertEachOnce(await walk(test, `/ui/results/${domain}`, things), [50, 50, 1]);
    assertEachOnce(await walk(test, `/ui/results/${domain}?q=U1`, things), [13]);
    const word = table.slice(0, -1);
    assertStringIncludes(await read(test, `/ui/results/${domain}`), `<h2>101 ${word}s</h2>`);
    assertStringIncludes(
      await read(test, `/ui/results/${domain}?q=u77`),
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
  assertEachOnce(await walk(test, path, words), [50, 10]);
  assertEachOnce(
    await walk(test, path, { list: "weeks", item: />(2026-\d\d-\d\d)</g }),
    [12, 1],
  );
  assertMatch(await read(test, path), /50 of 60/);
});

databaseTest("every day of a student is on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`insert into students (user_id) values ('s1')`;
  await sql`
    insert into performance_snapshots (user_id, day, time_zone, snapshot_date, lessons_completed_count,
                                       time_spent_minutes, plan_completed_count, plan_due_count)
    select 's1', date '2026-01-01' + n, 'UTC', date '2026-01-01' + n, 1, 2, 0, 0 from generate_series(1, 61) n`;
  const days = { list: "days", item: />(2026-\d\d-\d\d)</g };
  assertEachOnce(await walk(test, "/ui/results/students?id=s1", days), [30, 30, 1]);
});

databaseTest("every champion pair has its place on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`
    insert into history_pairs (generation, kind, champion, other, games, wins)
    select generation, 'synergy', 1, n + 1, 10, n % 10
    from history_generations, generate_series(1, 23) n
    where status = 'live'`;
  const pairs = { list: "together", item: /Champion 1 with Champion (\d+)<\/th/g };
  const pages = await walk(test, "/ui/results/matches", pairs);
  assertEachOnce(pages, [10, 10, 3]);
  assertEquals(pages[0].slice(0, 3), ["10", "20", "9"]);
});

databaseTest("every entity and each of its memories is on a page", async ({ sql }) => {
  await using test = await openTestApp(sql);
  for (let n = 0; n < 51; n++) await addMemory(sql, `user:e${n}`, `Likes ${n}`);
  for (let n = 0; n < 51; n++) await addMemory(sql, "bot:nova", `Says ${n}`);
  const things = { list: "cursor", item: /\?id=([\w%]+)"/g };
  assertEachOnce(await walk(test, "/ui/results/profiles", things), [50, 2]);
  assertStringIncludes(await read(test, "/ui/results/profiles"), "<h2>52 entities</h2>");
  const memories = { list: "memories", item: />(Says \d+)</g };
  assertEachOnce(await walk(test, "/ui/results/profiles?id=bot:nova", memories), [50, 1]);
});

databaseTest("a cursor that leads to no page of a list is refused by name", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await sql`insert into users (user_id) values ('u1')`;
  const cursorOf = (...parts: unknown[]) => btoa(JSON.stringify(parts)).replace(/=+$/, "");
  for (
    const [path, name] of [
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
