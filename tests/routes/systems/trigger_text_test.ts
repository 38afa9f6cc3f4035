import { assertEquals } from "@std/assert";
import { columnsOf } from "../../../lib/schedule_row.ts";
import type { ScheduleSpec } from "../../../lib/schedule.ts";
import { formatTrigger } from "../../../routes/systems/trigger_text.ts";

const AS_APSCHEDULER_WRITES: [ScheduleSpec, string][] = [
  [{ intervalMinutes: 60 }, "interval[1:00:00]"],
  [{ intervalMinutes: 5 }, "interval[0:05:00]"],
  [{ intervalMinutes: 90 }, "interval[1:30:00]"],
  [{ intervalMinutes: 1440 }, "interval[1 day, 0:00:00]"],
  [{ intervalMinutes: 3 * 1440 + 61 }, "interval[3 days, 1:01:00]"],
  [{ cron: "0 3 * * *" }, "cron[hour='3', minute='0']"],
  [{ cron: "0 6 * * 1" }, "cron[day_of_week='mon', hour='6', minute='0']"],
  [{ cron: "30 2 1,15 JAN *" }, "cron[month='jan', day='1,15', hour='2', minute='30']"],
  [{ cron: "@hourly" }, "cron[minute='0']"],
  [{ cron: "* * * * *" }, "cron[minute='*']"],
  [{ runAt: new Date("2026-01-31T02:00:00Z") }, "date[2026-01-31 02:00:00 UTC]"],
];

for (const [spec, text] of AS_APSCHEDULER_WRITES) {
  Deno.test(`${JSON.stringify(spec)} is written ${text}`, () => {
    assertEquals(formatTrigger(columnsOf(spec, "UTC")), text);
  });
}

Deno.test("a cron text that was broken by hand is written as it is", () => {
  assertEquals(formatTrigger(columnsOf({ cron: "0 3 * *" }, "UTC")), "cron[0 3 * *]");
});
