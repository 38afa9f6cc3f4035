/** The alarms of the real program, fired from outside: what Deno.cron does at its time, done on demand. */
import { assertEquals } from "@std/assert";
import { jobs } from "../../jobs/mod.ts";
import { parseConfig } from "../../lib/config.ts";
import { MINUTE_ALARM, planAlarms } from "../../lib/deno_cron.ts";
import { parseJobSchedule } from "../../lib/job_schedule.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { ChildProgram } from "../support/child_program.ts";
import { CronSocket } from "../support/cron_socket.ts";
import { databaseTest } from "../support/database.ts";
import { settled, until } from "../support/until.ts";

const programTest = databaseTest.onlyPostgres(
  "the embedded database belongs to the program's process",
);

/** The program beside the test's database, without a timer that would tick between two firings. */
function startProgram(url: string, socket: CronSocket): ChildProgram {
  return new ChildProgram(new URL("../../main.ts", import.meta.url), [], {
    env: {
      ...socket.env,
      DATABASE_URL: url,
      PORT: "0",
      API_KEYS: "admin:only-for-this-test",
      SCHEDULER_CHECK_INTERVAL_SECONDS: "3600",
    },
  });
}

/** Fires the minute's alarm until the program takes notice: before its start is over it has none to take. */
async function untilAnswered(sql: Sql, socket: CronSocket): Promise<void> {
  await until("the program answers alarms", async () => {
    await socket.fire(MINUTE_ALARM);
    const [state] = await sql`select last_tick_source from engine_state`;
    return state?.last_tick_source === MINUTE_ALARM;
  });
}

programTest(
  "the program registers an alarm for each job and one for the minute",
  async ({ url }) => {
    await using socket = new CronSocket();
    await using program = startProgram(url, socket);
    const config = parseConfig({});
    const scheduled = jobs.map((job) => ({ id: job.id, schedule: parseJobSchedule(job, config) }));
    const { alarms } = planAlarms(scheduled, "auto", false);
    await settled("all are registered", socket.waitFor(...alarms.map(({ name }) => name)));

    assertEquals(
      [...socket.registered.values()].sort((a, b) => a.name < b.name ? -1 : 1),
      alarms.map(({ name, schedule }) => ({ name, schedule, backoff_schedule: [] }))
        .sort((a, b) => a.name < b.name ? -1 : 1),
    );
    assertEquals(
      [...socket.registered.keys()].sort(),
      [...jobs.map(({ id }) => id), MINUTE_ALARM].sort(),
    );
    assertEquals(socket.registered.get("cleanup_old_runs")!.schedule, "0 4 * * *");
    assertEquals(socket.registered.get(MINUTE_ALARM)!.schedule, "* * * * *");
    assertEquals(program.hasEnded, false);
  },
);

for (const alarm of ["cleanup_old_runs", MINUTE_ALARM]) {
  programTest(
    `the alarm "${alarm}" makes one run of a due row, and no second one when it fires again`,
    async ({ sql, url }) => {
      await using socket = new CronSocket();
      await using program = startProgram(url, socket);
      await settled("it is registered", socket.waitFor(alarm, MINUTE_ALARM));
      await untilAnswered(sql, socket);
      await sql`
        update scheduled_jobs
        set next_run_at = now() - interval '1 minute'
        where id = 'cleanup_old_runs'`;
      const readRuns = async () => [
        ...await sql`
          select trigger, status, attempt from job_runs where job_id = 'cleanup_old_runs'`,
      ];
      assertEquals(await readRuns(), [], "nothing but an alarm ticks");

      assertEquals(await settled("the alarm is over", socket.fire(alarm)), true);
      const expected = [{ trigger: "schedule", status: "success", attempt: 1 }];
      assertEquals(await readRuns(), expected);
      assertEquals(await settled("the alarm is over", socket.fire(alarm)), true);
      assertEquals(await readRuns(), expected);

      program.signal("SIGTERM");
      assertEquals(await settled("the program has ended", program.ended()), 0);
    },
  );
}
