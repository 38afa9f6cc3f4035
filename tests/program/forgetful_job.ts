/** Put before the program's own jobs by `--preload`: handlers that fail where nobody waits for them. */
import { z } from "zod";
import { jobs } from "../../jobs/mod.ts";
import { defineJob } from "../../lib/job.ts";

const failures = {
  promise: () => void Promise.reject(new Error("forgotten in a promise")),
  timer: () =>
    void setTimeout(() => {
      throw new Error("forgotten in a timer");
    }),
};

jobs.push(defineJob({
  id: "forgetful",
  name: "Forgetful",
  description: "Succeeds, and leaves behind what fails.",
  tags: [],
  schedule: { cron: "0 0 1 1 *" },
  params: z.strictObject({ leaves: z.enum(["promise", "timer", "nothing"]) }),
  run(ctx) {
    const { leaves } = ctx.params;
    if (leaves !== "nothing") failures[leaves]();
    return Promise.resolve({ leaves });
  },
}));
