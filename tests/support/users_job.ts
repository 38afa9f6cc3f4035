/** A job over ten thousand users of whom seven fail, which writes each of the others to the ledger. */
import { z } from "zod";
import { type AnyJob, defineJob, type ItemSource } from "../../lib/job.ts";

export const USERS = 10_000;

/** Two of them in one batch, the first and the last of all among them. */
export const BAD_USERS = [1, 2_500, 2_501, 4_999, 5_001, 7_777, 10_000];

const BATCH = 500;

const source: ItemSource<number> = {
  read: (after, limit) => {
    const first = Number(after ?? 0) + 1;
    const left = Math.max(0, Math.min(limit, USERS + 1 - first));
    return Promise.resolve(Array.from({ length: left }, (_, i) => first + i));
  },
  cursor: (user) => user,
  key: (user) => `user ${String(user).padStart(5, "0")}`,
  only: (keys) => Promise.resolve(keys.map((key) => Number(key.slice(5)))),
  count: () => Promise.resolve(USERS),
};

/** The job; `atHalf` is called by a first attempt that has gone through half of the users, and waited for. */
export function usersJob(worker: string, atHalf: (runId: string) => Promise<void>): AnyJob {
  return defineJob({
    id: "users",
    name: "Users",
    description: "Writes each user to a ledger.",
    tags: [],
    schedule: { cron: "* * * * *" },
    params: z.strictObject({}),
    async run(ctx) {
      return await ctx.forEach(source, async (users, tx) => {
        const bad = users.find((user) => BAD_USERS.includes(user));
        if (bad !== undefined) throw new Error(`user ${bad} has no name`);
        await tx`
          insert into ledger (run_id, step, attempt, worker)
          select ${ctx.runId}, u, ${ctx.attempt}, ${worker} from unnest(${users}::int[]) as u`;
      }, {
        batchSize: BATCH,
        prepare: async (users) => {
          if (users[0] === USERS / 2 + 1 && ctx.attempt === 1) await atHalf(ctx.runId);
        },
      });
    },
  });
}
