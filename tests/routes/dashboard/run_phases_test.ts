import { assertEquals } from "@std/assert";
import { insertRun, openTestApp, type RunOverrides } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const ASKED_AT = new Date("2026-01-05T12:00:00Z");
const CLAIMED_AT = new Date("2026-01-05T12:00:07Z");
const WAITING = {
  status: "pending",
  attempt: 0,
  created_at: ASKED_AT,
  started_at: null,
  finished_at: null,
  duration_ms: null,
} as const;

/** The phases of a run by their names, with what stands beside them. */
function phasesOf(page: string): Record<string, string> {
  const list = /<ol class="phases">(.*?)<\/ol>/s.exec(page)![1];
  return Object.fromEntries(
    [...list.matchAll(/<li[^>]*><b>(.*?)<\/b>(.*?)<\/li>/gs)].map(([, name, rest]) => [
      name,
      rest.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim(),
    ]),
  );
}

for (
  const [what, overrides, expected] of [
    ["that waits", WAITING, {
      "Asked for": "Mon 05 Jan 2026, 12:00:00",
      "Waits": "to be claimed",
    }],
    ["that was asked for", { created_at: ASKED_AT, started_at: CLAIMED_AT }, {
      "Asked for": "Mon 05 Jan 2026, 12:00:00",
      "Claimed": "Mon 05 Jan 2026, 12:00:07 after it waited 7.0 s",
    }],
    ["of a slot", {
      trigger: "schedule",
      scheduled_for: ASKED_AT,
      as_of: null,
      created_at: ASKED_AT,
      started_at: ASKED_AT,
    }, {
      "Expected": "Mon 05 Jan 2026, 12:00:00",
      "Dispatched": "Mon 05 Jan 2026, 12:00:00",
      "Claimed": "Mon 05 Jan 2026, 12:00:00 at once",
    }],
  ] satisfies [string, RunOverrides, Record<string, string>][]
) {
  databaseTest(`the phases of a run ${what} tell when it was claimed`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    const id = await insertRun(sql, overrides);
    const headers = { Accept: "text/html" };
    const page = await (await test.request("GET", `/ui/runs/${id}`, { headers })).text();
    const { Settled: _, ...phases } = phasesOf(page);
    assertEquals(phases, expected);
  });
}
