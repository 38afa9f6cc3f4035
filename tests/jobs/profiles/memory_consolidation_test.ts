import { assert, assertEquals } from "@std/assert";
import { memoryConsolidation } from "../../../jobs/profiles/memory_consolidation.ts";
import { readMemories } from "../../../jobs/profiles/memories_store.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { databaseTest } from "../../support/database.ts";
import { addMemory } from "../../support/profiles_factories.ts";
import { itemsOf, MONDAY_NOON, resultOf, runJob } from "../../support/run_job.ts";

function consolidate(sql: Sql) {
  return resultOf(sql, memoryConsolidation);
}

async function readMemory(sql: Sql, id: string) {
  const [memory] = await sql`select * from memories where id = ${id}`;
  return memory;
}

databaseTest("what tells the same is merged, and what went says into which", async ({ sql }) => {
  const first = await addMemory(sql, "user:nick", "Prefers tea over coffee", { importance: 0.4 });
  const kept = await addMemory(sql, "user:nick", "The user prefers tea over coffee.", {
    importance: 0.6,
    accessCount: 2,
    lastAccessedAt: "2026-07-04T00:00:00Z",
    createdAt: "2026-07-03T00:00:00Z",
  });
  const again = await addMemory(sql, "user:nick", "user prefers tea over coffee", {
    accessCount: 3,
    lastAccessedAt: "2026-07-02T00:00:00Z",
    createdAt: "2026-07-10T00:00:00Z",
  });
  const other = await addMemory(sql, "user:nick", "Has a cat called Mia");

  assertEquals(await consolidate(sql), { entities: 1, entities_failed: 0, memories_merged: 2 });

  for (const id of [first, again]) {
    const { archived_at, archive_reason, merged_into, content } = await readMemory(sql, id);
    assertEquals([archived_at, archive_reason, merged_into], [MONDAY_NOON, "merged", kept]);
    assert(content.toLowerCase().includes("prefers tea"));
  }
  const memory = await readMemory(sql, kept);
  assertEquals([memory.occurrences, memory.access_count, memory.archived_at], [3, 5, null]);
  assertEquals(memory.last_accessed_at, new Date("2026-07-04T00:00:00Z"));
  assertEquals(memory.weighed_at, new Date("2026-07-10T00:00:00Z"));
  const { importance, archived_at } = await readMemory(sql, other);
  assertEquals([importance, archived_at], [0.5, null]);
});

databaseTest(
  "each time that something recurs closes a tenth of what importance lacks of 1",
  async ({ sql }) => {
    const kept = await addMemory(sql, "user:nick", "Rides a red bicycle", { importance: 0.6 });
    for (let i = 0; i < 2; i++) await addMemory(sql, "user:nick", "rides a red bicycle!");

    await consolidate(sql);
    const { importance } = await readMemory(sql, kept);
    assert(Math.abs(importance - (1 - 0.4 * 0.9 ** 2)) < 1e-12, String(importance));

    await addMemory(sql, "user:nick", "Rides a red bicycle", { importance: 0.1 });
    await consolidate(sql);
    const later = await readMemory(sql, kept);
    assert(Math.abs(later.importance - (1 - 0.4 * 0.9 ** 3)) < 1e-12, String(later.importance));
    assertEquals(later.occurrences, 4);
  },
);

databaseTest("running again changes nothing", async ({ sql }) => {
  for (const text of ["Sings in a choir", "sings in a choir", "Sings in choir", "Hates rain"]) {
    await addMemory(sql, "bot:nova", text);
  }
  await consolidate(sql);
  const before = [...await sql`select * from memories order by id`];

  assertEquals((await consolidate(sql)).memories_merged, 0);

  assertEquals([...await sql`select * from memories order by id`], before);
});

databaseTest(
  "entities are never mixed, nor is what was told later than the instant",
  async ({ sql }) => {
    for (const entity of ["user:nova", "bot:nova", "user:nick"]) {
      await addMemory(sql, entity, "Sings in a choir");
      await addMemory(sql, entity, "Sings in a choir", { createdAt: "2026-08-01T00:00:00Z" });
    }

    assertEquals(await consolidate(sql), { entities: 3, entities_failed: 0, memories_merged: 0 });
  },
);

databaseTest("a dry run counts what it would change", async ({ sql }) => {
  await addMemory(sql, "user:nick", "Sings in a choir");
  await addMemory(sql, "user:nick", "Sings in a choir");

  const run = await runJob(sql, memoryConsolidation, { dryRun: true });

  // deno-lint-ignore no-explicit-any
  const { would_change, result } = run.result_json as any;
  assertEquals(result.memories_merged, 1);
  assertEquals(would_change.memories.updated, 2);
  assertEquals([...await sql`select from memories where archived_at is not null`], []);
});

databaseTest("one entity's failure keeps nobody else's memories", async ({ sql }) => {
  for (let i = 0; i < 12; i++) {
    await addMemory(sql, `user:u${i}`, "Sings in a choir");
    await addMemory(sql, `user:u${i}`, "Sings in a choir");
  }
  await sql`
    create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'refused'; end $$`;
  await sql`
    create trigger refuse before update on memories
    for each row when (new.entity_id = 'u7') execute function refuse()`;

  const run = await runJob(sql, memoryConsolidation);

  assertEquals([run.status, run.items_done, run.items_failed], ["success", 11, 1]);
  assertEquals([...await itemsOf(sql, run.id)], [{ item: "user:u7", status: "failed" }]);
  assertEquals((run.result_json as { memories_merged: number }).memories_merged, 11);
});

databaseTest(
  "of many memories the newest are read, whichever was written last",
  async ({ sql }) => {
    const newest = await addMemory(sql, "user:nick", "Sings", {
      createdAt: "2026-07-03T00:00:00Z",
    });
    await addMemory(sql, "user:nick", "Dances", { createdAt: "2026-07-02T00:00:00Z" });
    const nick = { entity_type: "user", entity_id: "nick" } as const;
    const [memories] = await readMemories(sql, [nick], MONDAY_NOON, 1);
    assertEquals(memories.map(({ id }) => id), [newest]);
  },
);
