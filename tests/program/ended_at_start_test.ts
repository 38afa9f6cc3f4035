import { assertEquals } from "@std/assert";
import { acquireDataDirLock } from "../../lib/db/data_dir_lock.ts";
import { ChildProgram } from "../support/child_program.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

Deno.test("a program that is ended while it starts ends in order, and tells nothing false", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-ended-" });
  try {
    await using program = new ChildProgram(MAIN, ["--embedded"], {
      env: { DATA_DIR: dataDir, DATABASE_URL: "", PORT: "0", HOST: "127.0.0.1", API_KEYS: "" },
    });
    // Tables and sample are still to come.
    await program.waitFor(/Listening on/);
    program.signal("SIGTERM");
    await program.waitFor(/SIGTERM: ending/);
    assertEquals(await program.ended(), 0);
    const ending = program.lines.findIndex((line) => line.includes("SIGTERM: ending"));
    const after = program.lines.slice(ending + 1);
    assertEquals(after.filter((line) => /WARN|ERROR|Dashboard:|scheduler started/.test(line)), []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a program that is ended before it has its database ends with status 0", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-ended-" });
  const others = await acquireDataDirLock(dataDir);
  try {
    await using program = new ChildProgram(MAIN, ["--embedded"], {
      env: { DATA_DIR: dataDir, DATABASE_URL: "", PORT: "0", HOST: "127.0.0.1", API_KEYS: "" },
    });
    // It waits a second for the others.
    await program.waitFor(/cron/);
    program.signal("SIGTERM");
    assertEquals(await program.ended(), 0);
    assertEquals(program.lines.filter((line) => /WARN|ERROR/.test(line)), []);
  } finally {
    others.release();
    await Deno.remove(dataDir, { recursive: true });
  }
});
