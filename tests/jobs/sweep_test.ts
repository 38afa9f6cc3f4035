import { assertEquals } from "@std/assert";
import { z } from "zod";
import { type Sweep, sweepAll } from "../../jobs/sweep.ts";
import { defineJob } from "../../lib/job.ts";
import { databaseTest } from "../support/database.ts";
import { addUsers } from "../support/learning_factories.ts";
import { runJob } from "../support/run_job.ts";

databaseTest("an attempt goes on where the one before it got", async ({ sql }) => {
  await addUsers(sql, ["a1", "a2", "a3", "b1", "b2"]);
  const seen: (string | null)[] = [];
  let failures = 1;
  const job = sweepingJob([
    usersWith("a", seen),
    {
      ...usersWith("b", seen),
      deleteBatch: (tx, after) => {
        if (after === "b1" && failures-- > 0) throw new Error("The server went away");
        return usersWith("b", seen).deleteBatch(tx, after);
      },
    },
  ]);

  const run = await runJob(sql, job);

  assertEquals(run.attempt, 2);
  assertEquals(run.result_json, { a: 3, b: 2 });
  assertEquals(seen, [null, "a1", "a2", "a3", null, "b1", "b2"]);
  assertEquals(run.progress, { done: 5, total: 5 });
  assertEquals((await sql`select from users`).length, 0);
});

databaseTest("a run that is aborted stops between two batches", async ({ sql }) => {
  await addUsers(sql, ["a1", "a2", "a3"]);
  const abort = new AbortController();
  const seen: (string | null)[] = [];
  const sweep = usersWith("a", seen);
  const job = sweepingJob([{
    ...sweep,
    deleteBatch: (tx, after) => {
      if (after === "a1") abort.abort(new Error("Enough"));
      return sweep.deleteBatch(tx, after);
    },
  }], abort.signal);

  const run = await runJob(sql, job);

  assertEquals(run.status, "failed");
  assertEquals((await sql`select user_id from users`).map((row) => row.user_id), ["a3"]);
});

function sweepingJob(sweeps: Sweep[], signal?: AbortSignal) {
  return defineJob({
    id: "sweep",
    name: "Sweep",
    description: "Deletes what a test names.",
    tags: [],
    schedule: { cron: "0 0 * * *" },
    params: z.strictObject({}),
    policies: { retries: signal ? 0 : 1, backoff: { firstMs: 0, maxMs: 0, spread: 0 } },
    run: (ctx) => sweepAll(signal ? { ...ctx, signal } : ctx, sweeps),
  });
}

/** Deletes users whose id has a prefix, one in a batch; notes each cursor in `seen`. */
function usersWith(name: string, seen: (string | null)[]): Sweep {
  return {
    name,
    async count(sql) {
      return (await sql`select from users where user_id like ${`${name}%`}`).length;
    },
    async deleteBatch(tx, after) {
      seen.push(after as string | null);
      const [gone] = await tx<{ user_id: string }[]>`
        delete from users
        where user_id = (
          select min(user_id)
          from users
          where user_id like ${`${name}%`}
            and user_id > ${(after as string | null) ?? ""}
        )
        returning user_id`;
      return { deleted: gone ? 1 : 0, after: gone?.user_id ?? null };
    },
  };
}
