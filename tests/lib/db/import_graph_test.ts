import { assert, assertEquals } from "@std/assert";
import { importGraph } from "../../support/import_graph.ts";

for (const entry of ["lib/db/connect.ts", "lib/db/embedded.ts", "lib/db/sql_server.ts"]) {
  Deno.test(`the import graph of ${entry} holds no PGlite`, async () => {
    const graph = await importGraph(entry);
    assert(graph.length > 1);
    assertEquals(graph.filter((specifier) => /pglite/i.test(specifier)), []);
  });
}

Deno.test("the import graph of lib/db/pglite.ts would show it", async () => {
  const graph = await importGraph("lib/db/pglite.ts");
  assert(graph.some((specifier) => specifier.includes("@electric-sql/pglite")));
});
