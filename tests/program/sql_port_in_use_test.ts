import { assertEquals, assertMatch } from "@std/assert";
import { ChildProgram } from "../support/child_program.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

Deno.test("an EMBEDDED_SQL_PORT that is in use is told in one line that names it", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-sql-port-" });
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  try {
    await using program = new ChildProgram(MAIN, ["--embedded"], {
      env: {
        DATA_DIR: dataDir,
        DATABASE_URL: "",
        PORT: "0",
        HOST: "127.0.0.1",
        EMBEDDED_SQL_PORT: String(port),
      },
    });
    assertEquals(await program.ended(), 1);
    assertMatch(
      program.lines.at(-1)!,
      new RegExp(
        `ERROR .*127.0.0.1:${port}: the port is in use; set EMBEDDED_SQL_PORT to another one$`,
      ),
    );
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
