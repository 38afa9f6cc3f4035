import { assertEquals } from "@std/assert";
import { ChildProgram } from "../support/child_program.ts";
import { databaseTest } from "../support/database.ts";
import { settled } from "../support/until.ts";

const MAIN = new URL("../../main.ts", import.meta.url);
const KEY = "only-for-this-test";

databaseTest.onlyPostgres("the embedded database belongs to the program's process")(
  "what a handler leaves behind and fails later is told, and ends neither the program nor a run",
  async ({ url }) => {
    await using program = new ChildProgram(MAIN, [], {
      preload: new URL("forgetful_job.ts", import.meta.url),
      env: { DATABASE_URL: url, PORT: "0", API_KEYS: `admin:${KEY}` },
    });
    const line = await settled("it listens", program.waitFor(/Listening on/));
    const origin = /http:\S+/.exec(line)![0];
    await settled("it is up", program.waitFor(/Background scheduler started/));
    const run = async (leaves: string) => {
      const response = await fetch(`${origin}/jobs/forgetful/run`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, prefer: "wait=10" },
        body: JSON.stringify({ params: { leaves } }),
      });
      const { run } = await response.json();
      return [response.status, run?.status];
    };

    assertEquals(await run("promise"), [200, "success"]);
    await settled("it is told", program.waitFor(/forgotten in a promise/));
    assertEquals(await run("timer"), [200, "success"]);
    await settled("it is told", program.waitFor(/forgotten in a timer/));
    assertEquals(await run("nothing"), [200, "success"]);

    program.signal("SIGTERM");
    assertEquals(await settled("the program has ended", program.ended()), 0);
  },
);
