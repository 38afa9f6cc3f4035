import { assertEquals, assertStringIncludes } from "@std/assert";
import { acquireDataDirLock } from "../../../lib/db/data_dir_lock.ts";
import { openTestApp, TEST_KEYS } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";
import { readMatches, someMatches } from "../../support/matches_factories.ts";

databaseTest.onlyPostgres("another process cannot reach the test's embedded database")(
  "matches go into the database that DATABASE_URL names, and a second time change nothing",
  async ({ sql, url }) => {
    await withDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/a.json`, JSON.stringify(someMatches(30)));
      await Deno.writeTextFile(`${directory}/bad.json`, "<html>");
      const first = await importMatches([directory], { DATABASE_URL: url });
      assertEquals(first.code, 0, first.text);
      assertStringIncludes(first.text, `Skipped in ${directory}/bad.json: cannot be read on`);
      assertStringIncludes(first.text, "Imported 30 matches from 2 files");
      const second = await importMatches([directory], { DATABASE_URL: url });
      assertStringIncludes(second.text, "added=0 corrected=0 unchanged=30 skipped=1 bad_files=1");
      assertEquals((await readMatches(sql)).length, 30);
    });
  },
);

databaseTest(
  "the program that holds the embedded database takes the matches in",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await withDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/a.json`, JSON.stringify(someMatches(2_500)));
      const lock = await acquireDataDirLock(`${directory}/data`);
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        test.app.fetch,
      );
      try {
        lock.announce(`http://127.0.0.1:${server.addr.port}`);
        const env = { DATA_DIR: `${directory}/data`, API_KEYS: `admin:${TEST_KEYS.admin}` };
        const { code, text } = await importMatches([directory], env);
        assertEquals(code, 0, text);
        assertStringIncludes(text, "Imported 2500 matches from 1 files");
        assertEquals((await readMatches(sql)).length, 2_500);

        const weak = await importMatches([directory], {
          ...env,
          API_KEYS: `viewer:${TEST_KEYS.viewer}`,
        });
        assertEquals(weak.code, 1);
        assertStringIncludes(weak.text, "403");
      } finally {
        await server.shutdown();
        lock.release();
      }
    });
  },
);

Deno.test("no directory, or one that is none, is a wrong use", async () => {
  for (const args of [[], ["/nowhere"], ["deno.json"]]) {
    const { code, text } = await importMatches(args, {});
    assertEquals(code, 2, text);
    assertStringIncludes(text, "Usage: deno task import-matches DIR");
  }
});

async function importMatches(args: string[], env: Record<string, string>) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", "jobs/cli/import_matches.ts", ...args],
    env: { DATABASE_URL: "", API_KEYS: "", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

async function withDirectory(act: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await act(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
