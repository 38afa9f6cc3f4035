/** What seed 004 says of the schedule: its row, its commands, its log lines, and whose profiles a row is about. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { profileMaintenance } from "../../../jobs/profiles/profile_maintenance.ts";
import { databaseClock } from "../../../lib/clock.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { syncJobs } from "../../../lib/sync.ts";
import { openTestApp } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { openTestEngine, readOnlyRun, readRuns, readSchedule } from "../../support/engine.ts";
import { insertSchedule } from "../../support/factories.ts";
import { type LlmServer, startLlmServer } from "../../support/llm_server.ts";
import { addNick, attributesOf, TIDY_NICK } from "../../support/profiles_factories.ts";
import { type JobRequest, runJob } from "../../support/run_job.ts";

const jobs = [profileMaintenance];

function env(server: LlmServer): Record<string, string> {
  return { LLM_BASE_URL: server.url, PROFILE_MAINTENANCE_MODEL: "rules" };
}

databaseTest(
  "the default row is for every bot, enabled, every hour, and due at once",
  async ({ sql }) => {
    await using test = openTestEngine(sql, { jobs });

    await syncJobs(test.engine);

    const row = await readSchedule(sql, "profile_maintenance");
    assertEquals(
      [row.job_type, row.bot_id, row.enabled, row.interval_minutes, row.next_run_at],
      ["profile_maintenance", "*", true, 60, null],
    );
    assertStringIncludes(test.log.text, "Created default profile maintenance job");
  },
);

databaseTest(
  "SCHEDULER_ENABLED and PROFILE_MAINTENANCE_INTERVAL_MINUTES are the row's",
  async ({ sql }) => {
    await using test = openTestEngine(sql, {
      jobs,
      env: { SCHEDULER_ENABLED: "false", PROFILE_MAINTENANCE_INTERVAL_MINUTES: "15" },
    });

    await syncJobs(test.engine);

    const row = await readSchedule(sql, "profile_maintenance");
    assertEquals([row.enabled, row.interval_minutes], [false, 15]);
  },
);

databaseTest(
  "seed 004's UPDATE runs the job at the next check, and the log says so",
  async ({ sql }) => {
    await addNick(sql);
    await using server = startLlmServer();
    await using test = openTestEngine(sql, { jobs, env: env(server), clock: databaseClock });
    await syncJobs(test.engine);
    await test.tickAndWait();
    assertEquals(await attributesOf(sql, "user:nick"), TIDY_NICK);

    await sql.unsafe("UPDATE scheduled_jobs SET next_run_at = NOW() - INTERVAL '1 minute';");
    await test.tickAndWait();

    const runs = await readRuns(sql);
    assertEquals(runs.map(({ status, bot_id }) => [status, bot_id]), [
      ["success", "*"],
      ["success", "*"],
    ]);
    for (
      const line of [
        "Running job: profile_maintenance for bot *",
        "Job profile_maintenance completed with status success",
      ]
    ) {
      assertEquals(test.log.lines.filter(({ message }) => message === line).length, 2, line);
    }
    const rows = await sql.unsafe("SELECT * FROM scheduled_jobs;");
    assertEquals(rows.length, 1);
  },
);

for (
  const { given, missing } of [
    { given: {}, missing: "LLM_BASE_URL, PROFILE_MAINTENANCE_MODEL" },
    { given: { PROFILE_MAINTENANCE_MODEL: "rules" }, missing: "LLM_BASE_URL" },
    { given: { LLM_BASE_URL: "http://127.0.0.1:1/v1" }, missing: "PROFILE_MAINTENANCE_MODEL" },
  ]
) {
  databaseTest(
    `with ${JSON.stringify(given)} a slot is skipped and a request refused: ${missing}`,
    async ({ sql }) => {
      const names = missing.split(", ");
      const told = names.length === 1
        ? `${missing} is not set`
        : `${names.join(" and ")} are not set`;
      await addNick(sql);
      await using test = await openTestApp(sql, { jobs, env: given });
      await test.engine.idle();

      const run = await readOnlyRun(sql);
      assertEquals(
        [run.status, run.reason, run.error_message],
        ["skipped", "not_configured", told],
      );
      const { jobs: [listed] } = await test.getJson("/jobs");
      assertEquals([listed.id, listed.missing_setting], ["profile_maintenance", missing]);
      const { runs: [shown] } = await test.getJson("/jobs/profile_maintenance/runs");
      assertEquals([shown.status, shown.reason], ["skipped", "not_configured"]);
      const response = await test.request("POST", "/jobs/profile_maintenance/run");
      assertEquals(response.status, 409);
      const problem = await response.json();
      assertEquals([problem.variable, problem.variables], [names[0], names]);
      assertStringIncludes(problem.detail, told);
    },
  );
}

/** The entities that a run was about, as `type:id`. */
async function entitiesOf(sql: Sql, server: LlmServer, request: JobRequest = {}) {
  const run = await runJob(sql, profileMaintenance, {
    env: env(server),
    ...request,
    params: { again: true, ...request.params },
  });
  const rows = await sql<{ name: string }[]>`
    select entity_type || ':' || entity_id as name
    from profile_maintenances maintenance
    join entity_profiles profile on profile.id = profile_id
    where run_id = ${run.id}
    order by 1`;
  return rows.map(({ name }) => name);
}

databaseTest(
  "a bot with an enabled row of its own is left out of the others' run",
  async ({ sql }) => {
    for (const entity of ["bot:nova", "bot:orion", "bot:vega", "user:nova"]) {
      await addNick(sql, entity);
    }
    const ofBot = (id: string, bot_id: string, enabled: boolean) =>
      insertSchedule(sql, { id, job_type: "profile_maintenance", bot_id, enabled });
    await ofBot("nova_s", "nova", true);
    await ofBot("vega_s", "vega", false);
    await using server = startLlmServer();

    assertEquals(await entitiesOf(sql, server), ["bot:orion", "bot:vega", "user:nova"]);
    assertEquals(await entitiesOf(sql, server, { botId: "nova" }), ["bot:nova"]);
    await sql`update scheduled_jobs set deleted_at = now() where id = 'nova_s'`;
    assertEquals((await entitiesOf(sql, server)).length, 4);
  },
);

databaseTest("a row's config_json names one entity, as seed 004's does", async ({ sql }) => {
  for (const entity of ["bot:nova", "user:nick", "user:nora"]) await addNick(sql, entity);
  await insertSchedule(sql, {
    id: "nova_s",
    job_type: "profile_maintenance",
    bot_id: "nova",
    config_json: { entity_id: "nick", entity_type: "user" },
  });
  await using server = startLlmServer();

  assertEquals(await entitiesOf(sql, server, { botId: "nova" }), ["user:nick"]);
});
