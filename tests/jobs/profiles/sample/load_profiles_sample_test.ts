import { assert, assertEquals } from "@std/assert";
import { memoryConsolidation } from "../../../../jobs/profiles/memory_consolidation.ts";
import { memoryDecay } from "../../../../jobs/profiles/memory_decay.ts";
import { profileMaintenance } from "../../../../jobs/profiles/profile_maintenance.ts";
import { loadProfilesSample } from "../../../../jobs/profiles/sample/load_profiles_sample.ts";
import type { Sql } from "../../../../lib/db/sql.ts";
import { databaseTest } from "../../../support/database.ts";
import { startLlmServer } from "../../../support/llm_server.ts";
import { resultOf } from "../../../support/run_job.ts";

const until = new Date("2026-03-02T15:30:00Z");

/** What the sample wrote, but for the numbers of rows. */
async function readAll(sql: Sql) {
  const attributes = await sql`
    select
      entity_type, entity_id, category, key, value, confidence, source, attribute.created_at,
      updated_at
    from entity_profile_attributes attribute
    join entity_profiles profile on profile.id = profile_id
    order by entity_type, entity_id, category, key, value`;
  const memories = await sql`
    select entity_type, entity_id, content, importance, access_count, last_accessed_at, created_at
    from memories
    order by entity_type, entity_id, content`;
  return [[...attributes], [...memories]];
}

databaseTest(
  "loadProfilesSample() fills in bots and users, and says how far it is",
  async ({ sql }) => {
    const seen: [number, number][] = [];
    const added = await loadProfilesSample(sql, {
      users: 15,
      weeks: 8,
      until,
      onProgress: (done, total) => seen.push([done, total]),
    });

    const [attributes, memories] = await readAll(sql);
    assertEquals(added, {
      profilesAdded: 18,
      attributesAdded: attributes.length,
      memoriesAdded: memories.length,
    });
    assert(attributes.length > 200 && memories.length > 100);
    assertEquals(seen, [[18, 18]]);
  },
);

databaseTest(
  "loadProfilesSample() adds nothing the second time, and grows a smaller sample",
  async ({ sql }) => {
    await loadProfilesSample(sql, { users: 4, weeks: 3, until });
    const before = await readAll(sql);
    const again = await loadProfilesSample(sql, { users: 4, weeks: 3, until });
    assertEquals(again, { profilesAdded: 0, attributesAdded: 0, memoriesAdded: 0 });
    assertEquals(await readAll(sql), before);

    await loadProfilesSample(sql, { users: 9, weeks: 3, until });
    const grown = await readAll(sql);
    await sql`delete from entity_profiles`;
    await sql`delete from memories`;
    await loadProfilesSample(sql, { users: 9, weeks: 3, until });
    assertEquals(await readAll(sql), grown);
  },
);

databaseTest("nothing of the sample is of today or later", async ({ sql }) => {
  await loadProfilesSample(sql, { users: 30, weeks: 2, until });
  const [{ latest }] = await sql<{ latest: Date }[]>`
    select max(at) as latest
    from (
      select updated_at from entity_profile_attributes
      union all select greatest(created_at, last_accessed_at) from memories
    ) t (at)`;
  assert(latest < new Date("2026-03-02T00:00:00Z"), latest.toISOString());
});

databaseTest(
  "all three jobs of the profiles have something to do on the sample",
  async ({ sql }) => {
    await loadProfilesSample(sql, { users: 15, weeks: 8, until });
    await using server = startLlmServer();
    const env = { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };

    const tidied = await resultOf(sql, profileMaintenance, { asOf: until, env });
    const merged = await resultOf(sql, memoryConsolidation, { asOf: until });
    const faded = await resultOf(sql, memoryDecay, { asOf: until });

    assertEquals([tidied.entities, tidied.entities_failed], [18, 0]);
    assert(tidied.attributes_after as number < (tidied.attributes_before as number) * 0.8);
    assert(tidied.withheld as number > 0, "somebody's note sounds like an order");
    assert(merged.memories_merged as number > 20);
    assert(faded.faded as number > 50 && faded.archived as number > 5, Deno.inspect(faded));
  },
);
