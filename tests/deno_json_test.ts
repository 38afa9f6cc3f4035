import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };

Deno.test("Deno Deploy is told of a task that migrates and of a file that is there", async () => {
  const { predeploy, runtime } = config.deploy;
  const [, , task] = predeploy.split(" ");
  assertEquals(predeploy, `deno task ${task}`);
  assert(Object.hasOwn(config.tasks, task), task);
  assertEquals(task, "migrate");
  const entrypoint = new URL(`../${runtime.entrypoint}`, import.meta.url);
  assert((await Deno.stat(entrypoint)).isFile);
});
