import { assertEquals, assertGreater } from "@std/assert";
import {
  loadLearningSample,
  type SampleProgress,
} from "../../../../jobs/learning/sample/load_learning_sample.ts";
import { databaseTest, type TestDatabase } from "../../../support/database.ts";

const until = new Date("2026-03-02T15:30:00Z");

async function readAll({ sql }: TestDatabase) {
  const logs = await sql`
    select user_id, session_id, word, correction, occurred_at
    from error_logs
    order by user_id, occurred_at, word`;
  const patterns = await sql`
    select *
    from user_error_patterns
    order by user_id, misspelling, correction`;
  const users = await sql`select * from users order by user_id`;
  return { users: [...users], logs: [...logs], patterns: [...patterns] };
}

databaseTest(
  "loadLearningSample() fills in users, logs and patterns, and says how far it is",
  async (database) => {
    const seen: SampleProgress[] = [];
    const last = await loadLearningSample(database.sql, {
      users: 80,
      weeks: 8,
      until,
      onProgress: (progress) => seen.push(progress),
    });
    const { users, logs } = await readAll(database);
    assertEquals(users.length, 80);
    assertEquals(last, { usersDone: 80, usersTotal: 80, usersAdded: 80, logsAdded: logs.length });
    assertGreater(seen.length, 1);
    assertEquals(seen.at(-1), last);
  },
);

databaseTest(
  "loadLearningSample() keeps one pattern for each distinct pair of the logs",
  async (database) => {
    await loadLearningSample(database.sql, { users: 10, weeks: 8, until });
    const differences = await database.sql`
    select *
    from (
      select user_id, word_folded, correction_folded, count(*)::int, min(occurred_at), max(occurred_at)
      from error_logs
      where correction_folded <> word_folded
      group by user_id, word_folded, correction_folded
    ) logged (user_id, misspelling, correction, occurrences, first_seen, last_seen)
    full join user_error_patterns
      using (user_id, misspelling, correction, occurrences, first_seen, last_seen)
    where logged is null or user_error_patterns is null`;
    assertEquals([...differences], []);
  },
);

databaseTest("loadLearningSample() adds nothing the second time", async (database) => {
  await loadLearningSample(database.sql, { users: 10, weeks: 8, until });
  const before = await readAll(database);
  const again = await loadLearningSample(database.sql, { users: 10, weeks: 8, until });
  assertEquals([again.usersDone, again.usersAdded, again.logsAdded], [10, 0, 0]);
  assertEquals(await readAll(database), before);
});

databaseTest("loadLearningSample() leaves a user alone whom it finds", async (database) => {
  const { sql } = database;
  await sql`insert into users (user_id) values ('test_user')`;
  const { usersAdded } = await loadLearningSample(sql, { users: 3, weeks: 8, until });
  assertEquals(usersAdded, 2);
  assertEquals([...await sql`select from error_logs where user_id = 'test_user'`], []);
});

databaseTest(
  "loadLearningSample() grows a smaller sample into the larger one",
  async (database) => {
    await loadLearningSample(database.sql, { users: 4, weeks: 8, until });
    await loadLearningSample(database.sql, { users: 8, weeks: 8, until });
    const grown = await readAll(database);
    await database.sql`delete from users`;
    await loadLearningSample(database.sql, { users: 8, weeks: 8, until });
    assertEquals(grown, await readAll(database));
  },
);
