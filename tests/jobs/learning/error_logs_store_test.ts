import { assertEquals, assertRejects } from "@std/assert";
import { type LoggedError, recordErrors } from "../../../jobs/learning/error_logs_store.ts";
import { foldWord } from "../../../jobs/learning/error_pair.ts";
import { databaseTest } from "../../support/database.ts";

const error = (changes: Partial<LoggedError> = {}): LoggedError => ({
  userId: "ann",
  sessionId: "s1",
  word: "teh",
  correction: "the",
  occurredAt: new Date("2026-03-01T10:00:00.123Z"),
  ...changes,
});

databaseTest(
  "recordErrors() logs what was flagged and counts the pair as a pattern",
  async ({ sql }) => {
    const later = new Date("2026-03-02T10:00:00Z");
    assertEquals(await recordErrors(sql, [error(), error({ occurredAt: later })]), 2);
    assertEquals([...await sql`select * from user_error_patterns`], [{
      user_id: "ann",
      misspelling: "teh",
      correction: "the",
      occurrences: 2,
      first_seen: new Date("2026-03-01T10:00:00.123Z"),
      last_seen: later,
      status: "active",
      evidence: null,
    }]);
  },
);

databaseTest(
  "recordErrors() adds to a pattern that exists and leaves its status alone",
  async ({ sql }) => {
    await recordErrors(sql, [error()]);
    await sql`update user_error_patterns set status = 'improving', evidence = '{}'`;
    const earlier = new Date("2026-02-01T00:00:00Z");
    const later = new Date("2026-03-05T00:00:00Z");
    await recordErrors(sql, [error({ occurredAt: later }), error({ occurredAt: earlier })]);
    const [pattern] = await sql`
    select occurrences, first_seen, last_seen, status
    from user_error_patterns`;
    assertEquals(pattern, {
      occurrences: 3,
      first_seen: earlier,
      last_seen: later,
      status: "improving",
    });
  },
);

databaseTest(
  "recordErrors() folds case and Unicode form, and keeps words as they were typed",
  async ({ sql }) => {
    await recordErrors(sql, [
      error({ word: "CAFÉE", correction: "Café" }),
      error({ word: "cafe\u0301e", correction: "cafe\u0301" }),
    ]);
    const patterns =
      await sql`select misspelling, correction, occurrences from user_error_patterns`;
    assertEquals([...patterns], [{ misspelling: "cafée", correction: "café", occurrences: 2 }]);
    const typed = await sql`select word from error_logs order by id`;
    assertEquals(typed.map((row) => row.word), ["CAFÉE", "cafe\u0301e"]);
  },
);

databaseTest(
  "recordErrors() makes no pattern of an ignored word or of a change of case",
  async ({ sql }) => {
    await recordErrors(sql, [
      error({ correction: null }),
      error({ word: "monday", correction: "Monday" }),
    ]);
    const logs = await sql`select word, outcome from error_logs order by id`;
    assertEquals([...logs], [
      { word: "teh", outcome: "ignored" },
      { word: "monday", outcome: "corrected" },
    ]);
    assertEquals([...await sql`select from user_error_patterns`], []);
  },
);

databaseTest("recordErrors() writes all or nothing", async ({ sql }) => {
  await assertRejects(() => recordErrors(sql, [error(), error({ word: "" })]));
  assertEquals([...await sql`select from users`], []);
  assertEquals([...await sql`select from error_logs`], []);
});

databaseTest("recordErrors() takes an empty list", async ({ sql }) => {
  assertEquals(await recordErrors(sql, []), 0);
});

databaseTest("foldWord() folds as the database does", async ({ sql }) => {
  const words = [
    "Teh",
    "CAFE\u0301",
    "ÉCOLE",
    "ΟΔΟΣ",
    "Σας",
    "İzmir",
    "Straße",
    "ПРИВЕТ",
    "ǅ",
    "ﬁ",
    "𝒜",
  ];
  const [{ folded }] = await sql<{ folded: string[] }[]>`
    select array_agg(fold_word(word) order by place) as folded
    from unnest(${words}::text[]) with ordinality as w (word, place)`;
  assertEquals(words.map(foldWord), folded);
});

databaseTest(
  "foldWord() and the database agree on Latin, Greek, Cyrillic and Armenian letters",
  async ({ sql }) => {
    const letters = [[0x20, 0x58f], [0x1e00, 0x1fff]].flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i))
    );
    const [{ folded }] = await sql<{ folded: string[] }[]>`
    select array_agg(fold_word(word) order by place) as folded
    from unnest(${letters}::text[]) with ordinality as w (word, place)`;
    const differing = letters.filter((letter, i) => foldWord(letter) !== folded[i]);
    assertEquals(differing, []);
  },
);
