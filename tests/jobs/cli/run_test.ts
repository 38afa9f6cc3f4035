import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { acquireDataDirLock } from "../../../lib/db/data_dir_lock.ts";
import { openTestApp, TEST_KEYS, type TestApp, testJob } from "../../support/app.ts";
import { ChildProgram } from "../../support/child_program.ts";
import { databaseTest } from "../../support/database.ts";

const RUN = new URL("../../../jobs/cli/run.ts", import.meta.url);

databaseTest(
  "a run in the program that holds the embedded database tells its log as it goes",
  async ({ sql }) => {
    const seen = Promise.withResolvers<void>();
    const job = testJob({
      async run(ctx) {
        ctx.log.info("Counting", { words: 3 });
        await seen.promise;
        ctx.log.warn("One word is odd");
        return { counted: 3 };
      },
    });
    await using test = await openTestApp(sql, { jobs: [job] });
    await withProgram(test, async (DATA_DIR) => {
      await using command = new ChildProgram(RUN, ["count_words"], {
        env: { DATA_DIR, DATABASE_URL: "", API_KEYS: `admin:${TEST_KEYS.admin}` },
      });
      // The run goes on only when this line has come.
      assertMatch(
        await command.waitFor(/ Counting /),
        / INFO {2}Counting job=count_words words=3$/,
      );
      seen.resolve();
      assertMatch(await command.waitFor(/odd/), / WARN {2}One word is odd job=count_words$/);
      assertEquals(await command.ended(), 0);
      assertStringIncludes(command.lines.join("\n"), '"counted": 3');
    });
  },
);

databaseTest("a run that fails in the program ends the command with 1", async ({ sql }) => {
  const job = testJob({
    policies: { retries: 0 },
    run: () => Promise.reject(new Error("no words")),
  });
  await using test = await openTestApp(sql, { jobs: [job] });
  await withProgram(test, async (DATA_DIR) => {
    const env = { DATA_DIR, API_KEYS: `operator:${TEST_KEYS.operator}` };
    const { code, text } = await run(["count_words"], env);
    assertEquals(code, 1);
    assertStringIncludes(text, "Attempt 1 failed: no words");
    assertStringIncludes(text, "count_words: failed");
  });
});

for (
  const [what, API_KEYS, hint] of [
    ["no keys", "", "No API_KEYS are set here, so the development key was sent"],
    ["a wrong key", "admin:not-the-programs", "The strongest key in API_KEYS was sent"],
    ["a viewer's key", `viewer:${TEST_KEYS.viewer}`, "The strongest key in API_KEYS was sent"],
  ]
) {
  databaseTest(`a command with ${what} is told of API_KEYS`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    await withProgram(test, async (DATA_DIR) => {
      const { code, text } = await run(["count_words"], { DATA_DIR, API_KEYS });
      assertEquals(code, 1);
      assertMatch(text, /answered 40[13]: /);
      assertStringIncludes(text, hint);
      assertStringIncludes(text, "set API_KEYS, or put it into .env");
    });
  });
}

databaseTest("a program that has gone is told without a stack", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await withProgram(test, async (DATA_DIR, end) => {
    await end();
    const { code, text } = await run(["count_words"], { DATA_DIR });
    assertEquals(code, 1);
    assertMatch(text, /The program at http:\S+ does not answer/);
    assertEquals(text.includes("    at "), false, text);
  });
});

databaseTest.onlyPostgres("a new embedded database takes seconds")(
  "an unknown job is answered with the nearest id",
  async ({ url }) => {
    const { code, text } = await run(["refresh_patch_mata"], { DATABASE_URL: url });
    assertEquals(code, 1);
    assertStringIncludes(
      text,
      'No job has the id "refresh_patch_mata". Did you mean "refresh_patch_meta"?',
    );
  },
);

for (const instant of ["1", "2026-11-01 02:00", "2026-11-01", "2026-13-01T02:00Z"]) {
  Deno.test(`--as-of "${instant}" is refused: which instant it is depends on who reads it`, async () => {
    const { code, text } = await run(["refresh_patch_meta", "--as-of", instant], {});
    assertEquals(code, 2);
    assertStringIncludes(text, "--as-of must be an instant with an offset");
  });
}

/** Has the app answer as the program that holds a data directory. */
async function withProgram(
  test: TestApp,
  act: (dataDir: string, end: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  const lock = await acquireDataDirLock(dataDir);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    test.app.fetch,
  );
  try {
    lock.announce(`http://127.0.0.1:${server.addr.port}`);
    await act(dataDir, () => server.shutdown());
  } finally {
    await server.shutdown();
    lock.release();
    await Deno.remove(dataDir, { recursive: true });
  }
}

async function run(args: string[], env: Record<string, string>) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", RUN.href, ...args],
    env: { DATABASE_URL: "", API_KEYS: "", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}
