import { assert, assertEquals } from "@std/assert";
import { memoryDecay } from "../../../jobs/profiles/memory_decay.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { addMemory } from "../../support/profiles_factories.ts";
import { type JobRequest, resultOf, runJob } from "../../support/run_job.ts";

function fade(sql: Sql, asOf: string, request: JobRequest = {}) {
  return resultOf(sql, memoryDecay, { asOf: new Date(asOf), ...request });
}

async function importanceOf(sql: Sql, id: string): Promise<number> {
  const [{ importance }] = await sql`select importance from memories where id = ${id}`;
  return importance;
}

function assertNear(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

databaseTest("importance halves in each half-life", async ({ sql }) => {
  const id = await addMemory(sql, "user:nick", "Sings", { createdAt: "2026-06-01T00:00:00Z" });

  assertEquals(await fade(sql, "2026-07-01T00:00:00Z"), {
    memories: 1,
    memories_failed: 0,
    faded: 1,
    archived: 0,
  });

  assertNear(await importanceOf(sql, id), 0.25);
  await fade(sql, "2026-07-31T00:00:00Z");
  assertNear(await importanceOf(sql, id), 0.125);
});

databaseTest(
  "a day at a time comes to the same as all at once; another half-life is a parameter",
  async ({ sql }) => {
    const daily = await addMemory(sql, "user:a", "Sings", { createdAt: "2026-07-01T00:00:00Z" });
    for (let day = 2; day <= 11; day++) {
      await fade(sql, `2026-07-${String(day).padStart(2, "0")}T00:00:00Z`, {
        params: { half_life_days: 5 },
      });
    }
    assertNear(await importanceOf(sql, daily), 0.125);
  },
);

databaseTest("the same instant again, or an earlier one, changes nothing", async ({ sql }) => {
  await addMemory(sql, "user:nick", "Sings", { createdAt: "2026-06-01T00:00:00Z" });
  await addMemory(sql, "user:nick", "Hums", {
    importance: 0.06,
    createdAt: "2026-06-01T00:00:00Z",
  });
  await fade(sql, "2026-07-01T00:00:00Z");
  const before = [...await sql`select * from memories order by id`];

  for (const asOf of ["2026-07-01T00:00:00Z", "2026-06-15T00:00:00Z", "2026-05-01T00:00:00Z"]) {
    assertEquals((await fade(sql, asOf)).faded, 0);
  }

  assertEquals([...await sql`select * from memories order by id`], before);
});

databaseTest("an access holds the fading up: it goes on from there", async ({ sql }) => {
  const id = await addMemory(sql, "user:nick", "Sings", {
    createdAt: "2026-06-01T00:00:00Z",
    lastAccessedAt: "2026-07-01T00:00:00Z",
  });
  await fade(sql, "2026-07-01T00:00:00Z");
  assertEquals(await importanceOf(sql, id), 0.5);
  await fade(sql, "2026-07-31T00:00:00Z");
  assertNear(await importanceOf(sql, id), 0.25);
});

databaseTest(
  "under the threshold a memory is archived and not deleted, unless it is in use",
  async ({ sql }) => {
    const content = "Said hello once";
    const gone = await addMemory(sql, "user:nick", content, {
      importance: 0.08,
      createdAt: "2026-06-01T00:00:00Z",
    });
    const used = await addMemory(sql, "user:nick", content, {
      importance: 0.04,
      createdAt: "2026-06-01T00:00:00Z",
      lastAccessedAt: "2026-06-30T00:00:00Z",
    });

    const result = await fade(sql, "2026-07-01T00:00:00Z");

    assertEquals([result.faded, result.archived], [2, 1]);
    const rows =
      await sql`select id, content, archived_at, archive_reason from memories order by id`;
    assertEquals([...rows], [
      { id: gone, content, archived_at: new Date("2026-07-01T00:00:00Z"), archive_reason: "faded" },
      { id: used, content, archived_at: null, archive_reason: null },
    ]);
    assertEquals((await fade(sql, "2026-08-01T00:00:00Z")).archived, 1);
  },
);

databaseTest("a bot's own schedule is about that bot alone", async ({ sql }) => {
  for (const entity of ["bot:nova", "bot:orion", "user:nova"]) {
    await addMemory(sql, entity, "Sings", { createdAt: "2026-06-01T00:00:00Z" });
  }
  await sql`
    insert into scheduled_jobs (id, job_type, bot_id, enabled, interval_minutes, time_zone, source)
    values ('decay_nova', 'memory_decay', 'nova', true, 60, 'UTC', 'api')`;

  const run = await runJob(sql, memoryDecay, {
    asOf: new Date("2026-07-01T00:00:00Z"),
    botId: "nova",
  });

  assertEquals([run.job_id, run.items_done], ["decay_nova", 1]);
});

databaseTest("a dry run counts what would fade", async ({ sql }) => {
  const id = await addMemory(sql, "user:nick", "Sings", { createdAt: "2026-06-01T00:00:00Z" });

  const run = await runJob(sql, memoryDecay, { dryRun: true });

  // deno-lint-ignore no-explicit-any
  const { would_change, result } = run.result_json as any;
  assertEquals([result.faded, would_change.memories.updated], [1, 1]);
  assertEquals(await importanceOf(sql, id), 0.5);
});

databaseTest("20,000 memories take some forty statements, not 20,000", async ({ sql }) => {
  await sql`
    insert into memories (entity_type, entity_id, content, created_at)
    select 'user', 'u' || n % 200, 'Memory number ' || n, '2026-06-01T00:00:00Z'
    from generate_series(1, 20000) n`;
  let statements = 0;
  const counting = new Proxy(sql, {
    apply(target, self, args) {
      statements++;
      return Reflect.apply(target, self, args);
    },
    get(target, name) {
      if (name !== "begin") return Reflect.get(target, name);
      return (work: (tx: unknown) => unknown) =>
        target.begin((tx) =>
          work(
            new Proxy(tx, {
              apply(target, self, args) {
                statements++;
                return Reflect.apply(target, self, args);
              },
            }),
          )
        );
    },
  });

  const result = await fade(counting, "2026-07-01T00:00:00Z");

  assertEquals([result.faded, result.memories_failed], [20_000, 0]);
  assert(statements > 20 && statements < 150, String(statements));
});
