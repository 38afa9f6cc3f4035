import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jobs } from "../../../jobs/mod.ts";

const COMMAND = new URL("../../../jobs/cli/check_schedules.ts", import.meta.url).href;

/** Runs the command with no more than its task allows: neither network nor any file but `.env`. */
async function checkSchedules(env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read=.env", "--allow-env", COMMAND],
    env: { NO_COLOR: "1", DATABASE_URL: "", ...env },
  }).output();
  const text = new TextDecoder();
  return { code, report: text.decode(stdout), errors: text.decode(stderr) };
}

Deno.test("check-schedules reports on every job of the code, without a database or network", async () => {
  const { code, report, errors } = await checkSchedules();
  assertEquals([code, errors], [0, ""]);
  const reported = report.split("\n\n").map((part) => part.split("\n")[0])
    .filter((line) => !line.startsWith("pile-up"));
  assertEquals(reported.map((line) => line.trim()), jobs.map(({ id }) => id));
  assertMatch(report, /^ {2}next {8}\w{3} \d{4}-\d\d-\d\d \d\d:\d\d \S+ {2}\d{4}-\S+Z$/m);
});

Deno.test("check-schedules reads crons in the zone of DEFAULT_TIME_ZONE", async () => {
  const { report } = await checkSchedules({ DEFAULT_TIME_ZONE: "America/New_York" });
  assertStringIncludes(report, "in America/New_York");
});

Deno.test("check-schedules refuses what it cannot use with status 1", async () => {
  const { code, errors } = await checkSchedules({ DEFAULT_TIME_ZONE: "Mars/Olympus" });
  assertEquals(code, 1);
  assertStringIncludes(errors, "DEFAULT_TIME_ZONE");
});
