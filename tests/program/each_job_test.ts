import { assert, assertEquals } from "@std/assert";
import { jobs } from "../../jobs/mod.ts";
import { isGood, TRIALS, tryEachJob } from "../support/each_job.ts";

Deno.test("each of the seeds' jobs is tried", () => {
  const own = jobs.filter(({ tags }) => !tags.includes("system"));
  assertEquals(Object.keys(TRIALS), own.map(({ id }) => id));
});

Deno.test("each job has run once on the sample, with counts above zero and a result to be read", async () => {
  const all = await tryEachJob();
  assertEquals(all.length, Object.keys(TRIALS).length);
  for (const tried of all) assert(isGood(tried), Deno.inspect(tried));
});
