/**
 * Every HTTP and SQL command of the seeds, letter by letter, against the real program on the sample.
 *
 * Only `<token>` stands for a key in them. curl is told by its configuration where localhost:8000 is,
 * and psql by its environment where the server is.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SampleProgram } from "../support/sample_program.ts";
import { until } from "../support/until.ts";

/** The key with which seed 003 calls, and which the program takes on a person's own machine. */
const KEY = "dev-key-change-in-production";

const SNAPSHOTS = `
-- Check latest snapshots
SELECT user_id, snapshot_date, pace_score, quiz_average, lessons_completed_count
FROM performance_snapshots
WHERE snapshot_date = CURRENT_DATE
ORDER BY user_id
LIMIT 10;
`;

const RECOMMENDATIONS = `
-- Check latest recommendations
SELECT user_id, recommendation_type, title, created_at
FROM adaptive_recommendations
WHERE created_at >= CURRENT_DATE - INTERVAL '1 day'
    AND is_active = true
ORDER BY created_at DESC
LIMIT 20;
`;

const found = await Promise.all(
  ["curl", "psql"].map((name) =>
    new Deno.Command(name, { args: ["--version"], stdout: "null" }).output()
      .then(({ success }) => success, () => false)
  ),
);

Deno.test({
  name: "the seeds' commands do what the seeds say",
  ignore: !found.every(Boolean),
  async fn(t) {
    await using program = await SampleProgram.start({
      API_KEYS: "",
      SCHEDULER_CHECK_INTERVAL_SECONDS: "1",
      DATA_DRAGON_BASE_URL: "http://127.0.0.1:9",
      RIOT_BASE_URL: "http://127.0.0.1:9",
    });
    await using shell = await Shell.open(program);
    const sh = (command: string) => shell.run(command);
    const json = async (command: string) => JSON.parse(await sh(command));

    await t.step("003 and 004: what a start says", async () => {
      const said = program.child.lines.join("\n");
      assertMatch(said, / INFO {2}Background scheduler started$/m);
      const { jobs } = await json(`curl http://localhost:8000/jobs -H "X-API-Key: ${KEY}"`);
      for (const { id, name, schedule } of jobs) {
        assertStringIncludes(said, `Created default ${name.toLowerCase()} job id=${id}`);
        assertStringIncludes(
          said,
          `Scheduled: ${name} (${schedule.description}) id=${id} next_run=`,
        );
      }
    });

    await t.step("001: trigger a retraining", async () => {
      const { run } = await json(`
# Trigger retrain job now (instead of waiting for 2:30 AM)
curl -X POST http://localhost:8000/api/v1/learn/trigger-retrain \\
  -H "Authorization: Bearer ${KEY}"`);
      assertEquals([run.job_type, run.trigger], ["trigger_model_retraining", "manual"]);
      await until("it is done", async () => {
        const [{ status }] = await program.sql`select status from job_runs where id = ${run.id}`;
        return status === "success";
      });
    });

    await t.step("001: a user's figures, with what the jobs did last", async () => {
      const stats = await json(`
# Get learning stats (includes job execution info)
curl http://localhost:8000/api/v1/learn/stats/test_user \\
  -H "Authorization: Bearer ${KEY}"`);
      assertEquals(stats.user_id, "test_user");
      assert(stats.errors > 0);
      const retraining = stats.jobs.find(({ id }: { id: string }) =>
        id === "trigger_model_retraining"
      );
      assertEquals(retraining.last_run.status, "success");
    });

    await t.step("002: the latest snapshots and recommendations", async () => {
      for (const job of ["create_daily_snapshots", "refresh_recommendations"]) {
        const { run } = await json(
          `curl -X POST localhost:8000/jobs/${job}/run -H "Prefer: wait=60" -H "X-API-Key: ${KEY}"`,
        );
        assertEquals(run.status, "success");
      }
      const snapshots = await sh(`psql -d ask_llm --csv <<'SQL'\n${SNAPSHOTS}\nSQL`);
      const [head, ...students] = snapshots.trim().split("\n");
      assertEquals(
        head,
        "user_id,snapshot_date,pace_score,quiz_average,lessons_completed_count",
      );
      assertEquals(students.length, 10);
      for (const line of students) {
        assertMatch(line, /^student_\d+,\d{4}-\d\d-\d\d,\d\.\d\d,[\d.]+,\d+$/);
      }
      const advice = await sh(`psql -d ask_llm --csv <<'SQL'\n${RECOMMENDATIONS}\nSQL`);
      assertEquals(advice.trim().split("\n").length, 21);
    });

    await t.step("003: the jobs' status", async () => {
      const status = await json(`
curl -X GET http://localhost:8000/admin/jobs/status \\
  -H "X-STRATMANCER-KEY: dev-key-change-in-production"`);
      assertEquals(status.scheduler_running, true);
      const index = status.jobs.find(({ id }: { id: string }) => id === "refresh_history_index");
      assertEquals(index.trigger, "interval[1:00:00]");
      const one = await json(
        `curl http://localhost:8000/admin/jobs/refresh_history_index/status -H "X-STRATMANCER-KEY: ${KEY}"`,
      );
      assertEquals(one.id, "refresh_history_index");
    });

    await t.step("003: each job triggered by hand", async () => {
      assertEquals(
        await json(`
curl -X POST http://localhost:8000/admin/refresh/model-registry \\
  -H "X-STRATMANCER-KEY: dev-key-change-in-production"`),
        {
          status: "success",
          job: "refresh_model_registry",
          message: "Model registry refresh completed successfully",
        },
      );
      for (
        const [part, message] of [["history-index", "History index"], [
          "patch-meta",
          "Patch metadata",
        ]]
      ) {
        const answer = await json(
          `curl -X POST http://localhost:8000/admin/refresh/${part} -H "X-STRATMANCER-KEY: ${KEY}"`,
        );
        assertEquals(answer.message, `${message} refresh completed successfully`);
      }
    });

    await t.step("003: without a key, 401", async () => {
      const answer = await sh(`
# Should return 401
curl -X GET http://localhost:8000/admin/jobs/status --include`);
      assertMatch(answer, /^HTTP\/1.1 401 /);
    });

    await t.step("003: alive, and documented", async () => {
      assertMatch(await sh("curl --include http://localhost:8000/healthz"), /^HTTP\/1.1 200 /);
      const docs = await sh(`curl http://localhost:8000/docs -H "X-API-Key: ${KEY}"`);
      for (
        const route of [
          "POST /admin/refresh/history-index",
          "POST /admin/refresh/model-registry",
          "POST /admin/refresh/patch-meta",
          "GET /admin/jobs/status",
          "GET /admin/jobs/{job_id}/status",
        ]
      ) assertStringIncludes(docs.replaceAll(/ +/g, " "), route);
    });

    await t.step("004: what is scheduled, and an immediate run of all of it", async () => {
      const jobs = await sh(`psql -d ask_llm -c "SELECT * FROM scheduled_jobs;"`);
      assertMatch(jobs, /^ *id *\| *job_type *\| *bot_id *\| *enabled/);
      const updated = await sh(
        `psql -d ask_llm -c "UPDATE scheduled_jobs SET next_run_at = NOW() - INTERVAL '1 minute';"`,
      );
      assertMatch(updated, /^UPDATE \d\d\n$/);
      await program.child.waitFor(
        /Running job: refresh_model_registry for bot \* .*trigger=schedule/,
      );
      await program.child.waitFor(/Job refresh_model_registry completed with status success/);
    });
  },
});

/** A shell in which curl and psql find the program. */
class Shell implements AsyncDisposable {
  private constructor(private readonly home: string, private readonly sqlPort: number) {}

  static async open({ origin, sqlPort }: SampleProgram): Promise<Shell> {
    const home = await Deno.makeTempDir({ prefix: "edge-cron-shell-" });
    const { host } = new URL(origin);
    await Deno.writeTextFile(`${home}/.curlrc`, `silent\nconnect-to = "localhost:8000:${host}"\n`);
    return new Shell(home, sqlPort);
  }

  /** The command's output. Throws when it ends with an error. */
  async run(command: string): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", command],
      env: {
        CURL_HOME: this.home,
        PGHOST: "127.0.0.1",
        PGPORT: String(this.sqlPort),
        PGUSER: "postgres",
        PGCONNECT_TIMEOUT: "10",
      },
    }).output();
    if (success) return new TextDecoder().decode(stdout);
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}
