import { assertEquals, assertRejects } from "@std/assert";
import { createDailySnapshots } from "../../../jobs/students/create_daily_snapshots.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { InvalidInputError } from "../../../lib/errors.ts";
import { databaseTest } from "../../support/database.ts";
import { refuseWrites } from "../../support/learning_factories.ts";
import { itemsOf, type JobRequest, resultOf, runJob } from "../../support/run_job.ts";
import {
  addCourse,
  addSchool,
  addStudent,
  completeLessons,
  enroll,
  study,
  takeQuiz,
} from "../../support/students_factories.ts";

const job = createDailySnapshots;

function take(sql: Sql, asOf: string, request: JobRequest = {}) {
  return resultOf(sql, job, { asOf: new Date(asOf), ...request });
}

/** Every snapshot as `student day`, in that order. */
async function days(sql: Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select user_id || ' ' || to_char(day, 'YYYY-MM-DD') as line
    from performance_snapshots
    order by user_id, day`;
  return rows.map(({ line }) => line);
}

async function onlySnapshot(sql: Sql) {
  const [snapshot, ...more] = await sql`
    select
      user_id, to_char(day, 'YYYY-MM-DD') as day, time_zone,
      to_char(snapshot_date, 'YYYY-MM-DD') as snapshot_date,
      pace_score::float8, quiz_average::float8, lessons_completed_count, time_spent_minutes,
      plan_completed_count, plan_due_count
    from performance_snapshots`;
  assertEquals(more, []);
  return snapshot;
}

databaseTest(
  "a snapshot has the pace, the quiz average, and the day's lessons and time",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await addCourse(sql, "algebra", [1, 2, 4, 5, 8]);
    await enroll(sql, "ann", "algebra", "2026-07-15");
    await study(sql, "ann", "2026-07-16T09:00:00Z", { completes: "algebra-1", minutes: 40 });
    await study(sql, "ann", "2026-07-19T00:00:00Z", { completes: "algebra-2", minutes: 25 });
    await study(sql, "ann", "2026-07-19T18:00:00Z", { completes: "algebra-5", minutes: 15 });
    await study(sql, "ann", "2026-07-19T23:59:59.999Z", { minutes: 5 });
    await takeQuiz(sql, "ann", "2026-07-16T10:00:00Z", 70);
    await takeQuiz(sql, "ann", "2026-07-19T20:00:00Z", 85.5);
    // Of the day after: none of it counts yet.
    await study(sql, "ann", "2026-07-20T00:00:00Z", { completes: "algebra-3" });
    await takeQuiz(sql, "ann", "2026-07-20T00:00:00Z", 0);

    const result = await take(sql, "2026-07-20T00:00:00Z");

    assertEquals(result, {
      students: 1,
      students_failed: 0,
      tried_again: 0,
      tried_again_failed: 0,
      snapshots: 1,
    });
    // Planned for 15, 16, 18 and 19 July: four are due, and three of the plan's lessons are done.
    assertEquals(await onlySnapshot(sql), {
      user_id: "ann",
      day: "2026-07-19",
      time_zone: "UTC",
      snapshot_date: "2026-07-20",
      pace_score: 0.75,
      quiz_average: 77.75,
      lessons_completed_count: 2,
      time_spent_minutes: 45,
      plan_completed_count: 3,
      plan_due_count: 4,
    });
  },
);

databaseTest(
  "a pace over 1 is ahead of the plan, and all plans count together",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await addCourse(sql, "algebra", [1, 2, 3, 4, 5, 6]);
    await addCourse(sql, "biology", [1, 10]);
    await enroll(sql, "ann", "algebra", "2026-07-18");
    await enroll(sql, "ann", "biology", "2026-07-19");
    await completeLessons(sql, "ann", "algebra", 5, "2026-07-19T08:00:00Z");

    await take(sql, "2026-07-20T00:00:00Z");

    const { pace_score, plan_completed_count, plan_due_count } = await onlySnapshot(sql);
    assertEquals([pace_score, plan_completed_count, plan_due_count], [1.67, 5, 3]);
  },
);

databaseTest(
  "without a plan, or before it begins, the pace is null and the rest is there",
  async ({ sql }) => {
    await addStudent(sql, "early");
    await addStudent(sql, "free");
    await addCourse(sql, "algebra", [1, 2]);
    await enroll(sql, "early", "algebra", "2026-07-20");
    for (const student of ["early", "free"]) await study(sql, student, "2026-07-19T10:00:00Z");

    await take(sql, "2026-07-20T00:00:00Z");

    const rows = await sql`
    select user_id, pace_score, quiz_average, time_spent_minutes
    from performance_snapshots
    order by user_id`;
    assertEquals([...rows], [
      { user_id: "early", pace_score: null, quiz_average: null, time_spent_minutes: 30 },
      { user_id: "free", pace_score: null, quiz_average: null, time_spent_minutes: 30 },
    ]);
  },
);

databaseTest("a student who did nothing on the day has a snapshot with zeros", async ({ sql }) => {
  await addStudent(sql, "ann");
  await study(sql, "ann", "2026-06-01T10:00:00Z");

  await take(sql, "2026-07-20T00:00:00Z");

  const { lessons_completed_count, time_spent_minutes } = await onlySnapshot(sql);
  assertEquals([lessons_completed_count, time_spent_minutes], [0, 0]);
});

databaseTest(
  "neither inactive students nor those without progress by the day's end have one",
  async ({ sql }) => {
    await addStudent(sql, "active");
    await addStudent(sql, "gone", { isActive: false });
    await addStudent(sql, "new");
    await addStudent(sql, "newer");
    for (const student of ["active", "gone"]) await study(sql, student, "2026-07-19T10:00:00Z");
    await study(sql, "newer", "2026-07-20T00:00:00Z");
    await takeQuiz(sql, "new", "2026-07-19T10:00:00Z", 90);

    const { students } = await take(sql, "2026-07-20T00:00:00Z");

    assertEquals(students, 1);
    assertEquals(await days(sql), ["active 2026-07-19"]);
  },
);

databaseTest(
  "with everybody in UTC the hours after midnight find nothing to do",
  async ({ sql }) => {
    for (const student of ["ann", "bob"]) {
      await addStudent(sql, student);
      await study(sql, student, "2026-07-19T10:00:00Z");
    }
    const written = [];
    for (let hour = 0; hour < 25; hour++) {
      const asOf = new Date(Date.UTC(2026, 6, 20, hour)).toISOString();
      written.push((await take(sql, asOf)).snapshots);
    }

    assertEquals(written, [2, ...Array(23).fill(0), 2]);
    assertEquals(await days(sql), [
      "ann 2026-07-19",
      "ann 2026-07-20",
      "bob 2026-07-19",
      "bob 2026-07-20",
    ]);
  },
);

databaseTest(
  "each student's day ends on the student's clock: own zone, the school's, the default",
  async ({ sql }) => {
    await addSchool(sql, "tokyo", "Asia/Tokyo");
    await addStudent(sql, "default");
    await addStudent(sql, "pupil", { schoolId: "tokyo" });
    await addStudent(sql, "remote", { schoolId: "tokyo", timeZone: "America/New_York" });
    for (const student of ["default", "pupil", "remote"]) {
      await study(sql, student, "2026-07-10T10:00:00Z");
    }
    const env = { DEFAULT_TIME_ZONE: "Europe/Budapest" };
    const seen: Record<string, string[]> = {};
    for (const hour of ["14", "15", "21", "22"]) {
      await take(sql, `2026-07-20T${hour}:00:00Z`, { env });
      seen[hour] = await days(sql);
      await sql`delete from performance_snapshots`;
    }
    await take(sql, "2026-07-21T04:00:00Z", { env });
    seen["04"] = await days(sql);

    // Midnight: Tokyo 15:00Z, Budapest 22:00Z, New York 04:00Z.
    assertEquals(seen, {
      "14": ["default 2026-07-19", "pupil 2026-07-19", "remote 2026-07-19"],
      "15": ["default 2026-07-19", "pupil 2026-07-20", "remote 2026-07-19"],
      "21": ["default 2026-07-19", "pupil 2026-07-20", "remote 2026-07-19"],
      "22": ["default 2026-07-20", "pupil 2026-07-20", "remote 2026-07-19"],
      "04": ["default 2026-07-20", "pupil 2026-07-20", "remote 2026-07-20"],
    });
  },
);

databaseTest(
  "a day has the hours of the local clock, 23, 24 or 25, and each hour once",
  async ({ sql }) => {
    // Per zone: the local day, its first and its last instant in UTC, and how many hours it has.
    const table = [
      ["UTC", "2026-03-29", "2026-03-29T00:00:00.000Z", "2026-03-30T00:00:00.000Z", 24],
      ["Europe/Budapest", "2026-03-29", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", 23],
      ["Europe/Budapest", "2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z", 25],
      ["Europe/Budapest", "2026-10-26", "2026-10-25T23:00:00.000Z", "2026-10-26T23:00:00.000Z", 24],
      [
        "America/New_York",
        "2026-03-08",
        "2026-03-08T05:00:00.000Z",
        "2026-03-09T04:00:00.000Z",
        23,
      ],
      [
        "America/New_York",
        "2026-11-01",
        "2026-11-01T04:00:00.000Z",
        "2026-11-02T05:00:00.000Z",
        25,
      ],
      ["Asia/Kathmandu", "2026-07-19", "2026-07-18T18:15:00.000Z", "2026-07-19T18:15:00.000Z", 24],
      // Here the hour after midnight comes twice, and the day begins with the first.
      ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z", 25],
      ["America/Havana", "2026-10-31", "2026-10-31T04:00:00.000Z", "2026-11-01T04:00:00.000Z", 24],
      ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00.000Z", "2026-10-26T01:00:00.000Z", 25],
      // Here there is no midnight: the day begins at 01:00.
      ["America/Havana", "2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T04:00:00.000Z", 23],
      // Here the hour before midnight comes twice.
      ["Asia/Beirut", "2026-10-24", "2026-10-23T21:00:00.000Z", "2026-10-24T22:00:00.000Z", 25],
    ] as const;
    for (const [zone, day, startsAt, endsAt, hours] of table) {
      await addStudent(sql, "ann", { timeZone: zone });
      // A minute in each half hour from a day before to a day after.
      await study(sql, "ann", startsAt);
      await sql`
      insert into lesson_progress (user_id, lesson_id, studied_at, minutes)
      select 'ann', 'essay-1', at, 1
      from generate_series(
        ${startsAt}::timestamptz - interval '24 hours',
        ${endsAt}::timestamptz + interval '24 hours',
        interval '30 minutes'
      ) at`;
      await sql`delete from lesson_progress where minutes = 30`;
      const before = new Date(Date.parse(endsAt) - 1).toISOString();
      await take(sql, before);
      const taken = await days(sql);
      await take(sql, endsAt);

      const name = `${zone} ${day}`;
      assertEquals(taken.includes(`ann ${day}`), false, `${name} was taken before it ended`);
      const [row] = await sql`
      select time_spent_minutes from performance_snapshots where day = ${day}`;
      assertEquals([name, row?.time_spent_minutes], [name, 2 * hours]);
      await sql`delete from students`;
    }
  },
);

databaseTest(
  "every zone's days of a year begin where its calendar turns over",
  async ({ sql }) => {
    const wrong = await sql`
    with zone as (
      select name
      from pg_timezone_names
      where name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/'
    ),
    started as (
      select name, day::date as day, start_of_day(day::date, name) as starts_at
      from zone, generate_series(date '2026-01-01', date '2026-12-31', '1 day') as day
    )
    select name, day, starts_at
    from started
    where (starts_at at time zone name)::date <> day
      or ((starts_at - interval '1 millisecond') at time zone name)::date >= day`;

    assertEquals([...wrong], []);
  },
);

databaseTest("the hour that runs twice takes one snapshot", async ({ sql }) => {
  await addStudent(sql, "ann", { timeZone: "Atlantic/Azores" });
  await study(sql, "ann", "2026-10-20T10:00:00Z");

  // 00:00 local comes at 00:00Z, and again at 01:00Z.
  const written = [];
  for (const hour of ["2026-10-24T23:00", "2026-10-25T00:00", "2026-10-25T01:00"]) {
    written.push((await take(sql, `${hour}:00Z`)).snapshots);
  }

  // At 23:00Z the 23rd is the last whole day, at midnight the 24th.
  assertEquals(written, [1, 1, 0]);
  assertEquals(await days(sql), ["ann 2026-10-23", "ann 2026-10-24"]);
});

databaseTest("a student who moves to another zone has no day twice", async ({ sql }) => {
  await addStudent(sql, "east", { timeZone: "America/New_York" });
  await addStudent(sql, "west", { timeZone: "Asia/Tokyo" });
  for (const student of ["east", "west"]) await study(sql, student, "2026-07-10T10:00:00Z");
  const hoursOf = async (day: string) => {
    for (let hour = 0; hour < 24; hour++) {
      await take(sql, `${day}T${String(hour).padStart(2, "0")}:00:00Z`);
    }
  };

  await hoursOf("2026-07-20");
  await sql`update students set time_zone = 'Asia/Tokyo' where user_id = 'east'`;
  await sql`update students set time_zone = 'America/New_York' where user_id = 'west'`;
  await hoursOf("2026-07-21");

  // West had its 20th in Tokyo, and the 21st ends in New York on the 22nd.
  assertEquals(await days(sql), [
    "east 2026-07-18",
    "east 2026-07-19",
    "east 2026-07-20",
    "east 2026-07-21",
    "west 2026-07-19",
    "west 2026-07-20",
  ]);
});

databaseTest(
  "a run that comes days late covers the last whole day, and no other",
  async ({ sql }) => {
    await addStudent(sql, "ann");
    await study(sql, "ann", "2026-07-10T10:00:00Z");

    await take(sql, "2026-07-15T00:00:00Z");
    await take(sql, "2026-07-20T07:00:00Z");
    assertEquals(await days(sql), ["ann 2026-07-14", "ann 2026-07-19"]);

    await take(sql, "2026-07-18T00:00:00Z");
    assertEquals(await days(sql), ["ann 2026-07-14", "ann 2026-07-17", "ann 2026-07-19"]);
  },
);

databaseTest("retake writes over the snapshot that is there", async ({ sql }) => {
  await addStudent(sql, "ann");
  await study(sql, "ann", "2026-07-19T10:00:00Z", { minutes: 20 });
  await take(sql, "2026-07-20T00:00:00Z");
  await study(sql, "ann", "2026-07-19T11:00:00Z", { minutes: 7 });

  assertEquals((await take(sql, "2026-07-21T00:00:00Z")).snapshots, 1);
  const again = { params: { retake: true, user_id: "ann" } };
  assertEquals((await take(sql, "2026-07-20T05:00:00Z", again)).snapshots, 1);

  const rows = await sql`
    select to_char(day, 'YYYY-MM-DD') as day, time_spent_minutes, created_at, updated_at
    from performance_snapshots
    where day = '2026-07-19'`;
  assertEquals([...rows], [{
    day: "2026-07-19",
    time_spent_minutes: 27,
    created_at: new Date("2026-07-20T00:00:00Z"),
    updated_at: new Date("2026-07-20T05:00:00Z"),
  }]);
});

databaseTest("user_id takes the snapshot of one student alone", async ({ sql }) => {
  for (const student of ["ann", "bob"]) {
    await addStudent(sql, student);
    await study(sql, student, "2026-07-19T10:00:00Z");
  }

  await take(sql, "2026-07-20T00:00:00Z", { params: { user_id: "bob" } });

  assertEquals(await days(sql), ["bob 2026-07-19"]);
});

databaseTest("parameters that the job does not have are refused", async ({ sql }) => {
  await assertRejects(() => runJob(sql, job, { params: { user: "ann" } }), InvalidInputError);
});

databaseTest("students beyond one batch of 100 are reached too", async ({ sql }) => {
  await addStudents(sql, 250);

  const { students, snapshots } = await take(sql, "2026-07-20T00:00:00Z");

  assertEquals([students, snapshots], [250, 250]);
  assertEquals((await days(sql)).length, 250);
});

databaseTest("one bad student fails alone, and is the run's only failed item", async ({ sql }) => {
  await addStudents(sql, 30);
  await refuseWrites(sql, "performance_snapshots", "student017");

  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });

  assertEquals(run.status, "success");
  assertEquals([run.items_done, run.items_failed], [29, 1]);
  assertEquals((await days(sql)).length, 29);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "student017", status: "failed" }]);
});

databaseTest(
  "a student who failed is tried again every hour, and fails no run by it",
  async ({ sql }) => {
    await addStudents(sql, 30);
    await refuseWrites(sql, "performance_snapshots", "student017");
    await take(sql, "2026-07-20T00:00:00Z");

    const one = await runJob(sql, job, { asOf: new Date("2026-07-20T01:00:00Z") });
    await sql`drop trigger refuse_write on performance_snapshots`;
    const two = await runJob(sql, job, { asOf: new Date("2026-07-20T02:00:00Z") });
    const three = await runJob(sql, job, { asOf: new Date("2026-07-20T03:00:00Z") });

    assertEquals([one, two, three].map(({ status }) => status), ["success", "success", "success"]);
    assertEquals([one, two, three].map(({ result_json }) => result_json), [
      { students: 0, students_failed: 0, tried_again: 1, tried_again_failed: 1, snapshots: 0 },
      { students: 0, students_failed: 0, tried_again: 1, tried_again_failed: 0, snapshots: 1 },
      { students: 0, students_failed: 0, tried_again: 0, tried_again_failed: 0, snapshots: 0 },
    ]);
  },
);

databaseTest("a student who failed yesterday counts again today", async ({ sql }) => {
  await addStudents(sql, 2);
  await refuseWrites(sql, "performance_snapshots", "student001");
  await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });

  const run = await runJob(sql, job, { asOf: new Date("2026-07-21T00:00:00Z") });

  assertEquals(run.status, "failed");
  assertEquals([run.items_done, run.items_failed], [1, 1]);
});

databaseTest(
  "under 90 % of the students the run fails and says so, and the good ones are kept",
  async ({ sql }) => {
    await addStudents(sql, 10);
    await refuseWrites(sql, "performance_snapshots", "student003");
    const all = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });
    assertEquals(all.status, "success");

    await sql`update students set is_active = false where user_id = 'student009'`;
    const run = await runJob(sql, job, { asOf: new Date("2026-07-21T00:00:00Z") });

    assertEquals([run.status, run.reason], ["failed", "items"]);
    assertEquals(
      run.error_message,
      "1 of 9 items failed: a success rate of 88.8 %, at least 90 % is wanted",
    );
    assertEquals((await days(sql)).filter((line) => line.endsWith("2026-07-20")).length, 8);
  },
);

databaseTest("the failed items of a run can be retried alone", async ({ sql }) => {
  await addStudents(sql, 20);
  await refuseWrites(sql, "performance_snapshots", "student017");
  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });
  await sql`drop trigger refuse_write on performance_snapshots`;

  const retried = await resultOf(sql, job, {
    asOf: new Date("2026-07-20T00:30:00Z"),
    retryFailedOf: run.id,
  });

  assertEquals([retried.students, retried.snapshots, retried.tried_again], [1, 1, 0]);
  assertEquals((await days(sql)).length, 20);
});

databaseTest("a dry run writes nothing and says what it would write", async ({ sql }) => {
  await addStudents(sql, 3);

  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z"), dryRun: true });

  assertEquals(await days(sql), []);
  const { would_change } = run.result_json as Record<string, Record<string, unknown>>;
  assertEquals(would_change.performance_snapshots, { inserted: 3, updated: 0, deleted: 0 });
});

databaseTest(
  "a zone that the server does not know is refused where it is written",
  async ({ sql }) => {
    await assertRejects(() => addStudent(sql, "ann", { timeZone: "Mars/Olympus" }), Error, "Mars");
    await assertRejects(() => addSchool(sql, "mars", "Mars/Olympus"), Error, "Mars");
  },
);

databaseTest("the log of a night with 150 students has the words of seed 002", async ({ sql }) => {
  await addStudents(sql, 150);

  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });

  assertEquals(await messages(sql, run.id), [
    "Starting daily snapshot creation",
    "Daily snapshots completed: 150 success, 0 errors",
  ]);
});

databaseTest("the log counts errors as errors", async ({ sql }) => {
  await addStudents(sql, 12);
  await refuseWrites(sql, "performance_snapshots", "student003");

  const run = await runJob(sql, job, { asOf: new Date("2026-07-20T00:00:00Z") });

  assertEquals(
    (await messages(sql, run.id)).at(-1),
    "Daily snapshots completed: 11 success, 1 errors",
  );
});

databaseTest(
  "seed 002's check of the latest snapshots returns them, by student",
  async ({ sql }) => {
    await addStudents(sql, 12);
    await sql`update students set created_at = now() - interval '30 days'`;
    await sql`update lesson_progress set studied_at = now() - interval '20 days'`;
    const [{ now }] = await sql<{ now: Date }[]>`select now()`;
    await runJob(sql, job, { asOf: now });

    // As the seed has it, word by word; its server's clock is UTC's.
    const rows = await sql.begin(async (tx) => {
      await tx`set local time zone 'UTC'`;
      return await tx.unsafe(`
-- Check latest snapshots
SELECT user_id, snapshot_date, pace_score, quiz_average, lessons_completed_count
FROM performance_snapshots
WHERE snapshot_date = CURRENT_DATE
ORDER BY user_id
LIMIT 10;
`);
    });

    assertEquals(rows.length, 10);
    assertEquals(rows[0].user_id, "student000");
  },
);

/** So many students, `student000` and so on, each with half an hour of work on 19 July 2026. */
async function addStudents(sql: Sql, students: number): Promise<void> {
  await addStudent(sql, "teacher", { isActive: false });
  await study(sql, "teacher", "2026-07-19T10:00:00Z");
  await sql`
    insert into students (user_id)
    select 'student' || lpad(number::text, 3, '0')
    from generate_series(0, ${students - 1}::int) number`;
  await sql`
    insert into lesson_progress (user_id, lesson_id, studied_at, minutes)
    select user_id, 'essay-1', '2026-07-19T10:00:00Z', 30
    from students
    where user_id <> 'teacher'`;
}

async function messages(sql: Sql, runId: string): Promise<string[]> {
  const rows = await sql<{ message: string }[]>`
    select message from run_logs where run_id = ${runId} and level = 'info' order by seq`;
  return rows.map(({ message }) => message);
}
