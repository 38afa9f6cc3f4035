import { assertEquals, assertMatch } from "@std/assert";
import { ChildProgram } from "../support/child_program.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

for (const host of ["no.such.host.invalid", "no host"]) {
  Deno.test(`a HOST that is no address is told in one line that names it: ${host}`, async () => {
    await using program = new ChildProgram(MAIN, [], {
      // No connection is made before the first statement.
      env: { DATABASE_URL: "postgres://127.0.0.1:9/none", PORT: "0", HOST: host, API_KEYS: "" },
    });
    assertEquals(await program.ended(), 1);
    assertMatch(program.lines.at(-1)!, /ERROR .*HOST is no address of this machine$/);
  });
}
