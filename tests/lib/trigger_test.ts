import { assertEquals, assertRejects } from "@std/assert";
import { NotFoundError } from "../../lib/errors.ts";
import { triggerJobNow, useEngine } from "../../lib/trigger.ts";
import { databaseTest } from "../support/database.ts";
import { openTestEngine, readOnlyRun } from "../support/engine.ts";
import { at, insertSchedule } from "../support/factories.ts";

databaseTest(
  "triggerJobNow() runs a job by code, once the process has an engine",
  async ({ sql }) => {
    await insertSchedule(sql, { next_run_at: at("12:00") });
    await assertRejects(() => triggerJobNow("hourly"), TypeError, "useEngine");
    await using test = openTestEngine(sql);
    useEngine(test.engine);

    const run = await triggerJobNow("hourly", { params: { days: 2 }, dryRun: true });
    await test.engine.idle();

    assertEquals([run.triggered_by, run.trigger, run.dry_run], ["code", "manual", true]);
    const settled = await readOnlyRun(sql);
    assertEquals([settled.id, settled.status, settled.params], [run.id, "success", { days: 2 }]);
    await assertRejects(() => triggerJobNow("weekly"), NotFoundError);
    await assertRejects(
      () => triggerJobNow("huorly"),
      NotFoundError,
      'No job has the id "huorly". Did you mean "hourly"?',
    );
  },
);
