/**
 * Times the profiles' jobs on made-up memories and profiles, on a Postgres server of its own.
 *
 *     deno run -A tests/bench/profiles.ts [--memories 100000] [--profiles 1000]
 *
 * The server has its default settings, fsync included. A hundred memories an entity, every fifth of which
 * tells again what another told; the model is that of `tests/support/llm_model.ts`, on loopback, so that
 * what is timed is the job. Exits 1 when a run fails or takes over a minute.
 */
import { parseArgs } from "node:util";
import { memoryConsolidation } from "../../jobs/profiles/memory_consolidation.ts";
import { memoryDecay } from "../../jobs/profiles/memory_decay.ts";
import { profileMaintenance } from "../../jobs/profiles/profile_maintenance.ts";
import { loadProfilesSample } from "../../jobs/profiles/sample/load_profiles_sample.ts";
import { databaseClock } from "../../lib/clock.ts";
import { parseConfig } from "../../lib/config.ts";
import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { createEngine } from "../../lib/engine.ts";
import { createLog } from "../../lib/log.ts";
import { syncJobs } from "../../lib/sync.ts";
import { startLlmServer } from "../support/llm_server.ts";
import { startPostgresServer } from "../support/postgres_server.ts";

const MARK_S = 60;

const { values } = parseArgs({
  options: {
    memories: { type: "string", default: "100000" },
    profiles: { type: "string", default: "1000" },
  },
});
await using llm = startLlmServer();
const server = await startPostgresServer({ fsync: true });
const sql = connectPostgres({ url: server.url });
try {
  await migrate(sql);
  await fill(sql, Number(values.memories), Number(values.profiles));
  const lines = await measureJobs(sql);
  console.log(`Postgres ${server.version}`);
  console.table(lines);
  if (lines.some(({ mark }) => mark === "missed")) Deno.exitCode = 1;
} finally {
  await sql.end();
  await server.stop();
}

async function measureJobs(sql: Sql) {
  const engine = createEngine({
    sql,
    clock: databaseClock,
    config: parseConfig({ LLM_BASE_URL: llm.url, PROFILE_MAINTENANCE_MODEL: "rules" }),
    log: createLog((line, level) => level === "error" && console.error(line)),
    jobs: [profileMaintenance, memoryConsolidation, memoryDecay],
  });
  await syncJobs(engine);
  const lines = [];
  for (
    const job of [
      memoryConsolidation,
      memoryConsolidation,
      memoryDecay,
      memoryDecay,
      profileMaintenance,
      profileMaintenance,
    ]
  ) {
    const { id } = await engine.requestRun(job.id, { triggeredBy: "bench" });
    const run = await engine.waitForRun(id, 1_800_000);
    const seconds = (run.duration_ms ?? Infinity) / 1_000;
    const { results: _, ...result } = run.result_json as Record<string, unknown>;
    lines.push({
      job: job.id,
      seconds: seconds.toFixed(1),
      result: JSON.stringify(result),
      mark: run.status === "success" && seconds < MARK_S ? "met" : "missed",
    });
  }
  await engine.stop();
  return lines;
}

async function fill(sql: Sql, memories: number, profiles: number): Promise<void> {
  const { profilesAdded } = await loadProfilesSample(sql, {
    users: profiles,
    weeks: 8,
    until: new Date(),
  });
  await sql`delete from memories`;
  await sql`
    insert into memories (entity_type, entity_id, content, importance, created_at)
    select
      'user', 'user_' || n / 100,
      case when n % 5 = 4 then 'The ' else '' end || subject[1 + told % 10] || ' ' ||
        verb[1 + told / 10 % 10] || ' ' || thing[1 + told * 7 % 10] || ' near ' || md5(told::text),
      0.2 + n % 7 / 10.0, now() - n % 56 * interval '1 day'
    from (
      select n, case when n % 5 = 4 then n - 1 else n end as told
      from generate_series(0, ${memories - 1}::int) n
    ) numbered
    cross join (
      select
        string_to_array('sister,neighbour,colleague,tutor,cat,band,landlord,coach,baker,aunt', ',') as subject,
        string_to_array('found,lost,bought,mended,painted,sold,borrowed,praised,hid,drew', ',') as verb,
        string_to_array('a lamp,a boat,the map,two keys,a cello,the gate,his bike,a poem,tea,snow', ',') as thing
    ) words`;
  await sql`analyze`;
  console.log(`${memories} memories and ${profilesAdded} profiles made up`);
}
