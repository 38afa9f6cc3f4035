import { assertEquals } from "@std/assert";
import { DEVELOPMENT_KEY } from "../../lib/config.ts";
import { ChildProgram } from "../support/child_program.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

Deno.test("who asks while the first database is created is answered from its tables, and no error is told", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-asked-" });
  try {
    await using program = new ChildProgram(MAIN, ["--embedded"], {
      env: { DATA_DIR: dataDir, DATABASE_URL: "", PORT: "0", HOST: "127.0.0.1", API_KEYS: "" },
    });
    const [address] = (await program.waitFor(/Listening on/)).match(/http:\S+/)!;
    const response = await fetch(`${address}/jobs`, {
      headers: { Authorization: `Bearer ${DEVELOPMENT_KEY}` },
    });
    const { jobs } = await response.json();
    assertEquals([response.status, jobs?.length > 0], [200, true]);
    assertEquals(program.lines.filter((line) => line.includes("ERROR")), []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
