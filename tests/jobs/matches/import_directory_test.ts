import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { importDirectory } from "../../../jobs/matches/import_directory.ts";
import type { MatchRecord } from "../../../jobs/matches/match_record.ts";
import { importMatches } from "../../../jobs/matches/matches_store.ts";
import { databaseTest } from "../../support/database.ts";
import { aMatch, readMatches, someMatches } from "../../support/matches_factories.ts";

interface Imported {
  batches: MatchRecord[][];
  bad: Record<string, string>;
  progress: [done: number, total: number][];
}

databaseTest(
  "a directory of good and bad files is taken in, again and again, and the bad ones named",
  async ({ sql }) => {
    const matches = someMatches(40);
    const files = {
      "matches_GOLD.json": JSON.stringify(matches.slice(0, 20), null, 2),
      "matches_HIGH.ndjson": matches.slice(20, 30).map((match) => JSON.stringify(match)).join("\n"),
      "one.json": JSON.stringify(matches[30]),
      "bad_entries.json": JSON.stringify([
        matches[31],
        { ...matches[32], blue_picks: [1, 2, 3] },
        { ...matches[33], blue_win: "yes" },
        matches[34],
      ]),
      "cut_off.json": JSON.stringify([matches[35], matches[36]]).slice(0, -20),
      "empty.json": "",
      "page.json": "<html>503</html>",
      "readme.txt": "no match",
    };
    await withFiles(files, async (directory) => {
      const bad: Record<string, string> = {};
      const options = {
        importBatch: (batch: MatchRecord[]) => importMatches(sql, batch),
        onProgress: () => {},
        onBadFile: (path: string, problem: string) => void (bad[path.split("/").pop()!] = problem),
      };
      assertEquals(await importDirectory(directory, options), {
        files: 7,
        badFiles: 4,
        problems: 5,
        added: 34,
        corrected: 0,
        unchanged: 0,
      });
      assertMatch(bad["bad_entries.json"], /^match 2: blue_picks: .*\(and 1 more\)$/);
      assertMatch(bad["cut_off.json"], /^cannot be read on after 1 matches: the file ends inside/);
      assertEquals(bad["empty.json"], "holds no match");
      assertMatch(bad["page.json"], /^cannot be read on: "<html>503<\/html>" is not the beginning/);
      assertEquals(Object.keys(bad).length, 4);
      assertEquals((await readMatches(sql)).length, 34);
      assertEquals((await importDirectory(directory, options)).unchanged, 34);
    });
  },
);

Deno.test("a link to nothing is named as a bad file, and the others are taken in", async () => {
  const { batches, bad } = await importFiles(
    { "one.json": JSON.stringify(aMatch()) },
    { link: "dangling.json" },
  );
  assertEquals(batches.flat().length, 1);
  assertMatch(bad["dangling.json"], /^cannot be read on: No such file/);
});

Deno.test("matches come in batches over files, and progress is told in bytes", async () => {
  const files = {
    "a.json": JSON.stringify(someMatches(1_500)),
    "b.json": JSON.stringify(someMatches(1_500, 1_500)),
  };
  const { batches, progress } = await importFiles(files);
  assertEquals(batches.map(({ length }) => length), [2_000, 1_000]);
  const total = files["a.json"].length + files["b.json"].length;
  assertEquals(progress.at(-1), [total, total]);
});

Deno.test("a match with a wrong id costs only itself", async () => {
  const text = JSON.stringify([aMatch(), aMatch({ match_id: "EUW1_2" })]);
  const { batches, bad } = await importFiles({ "a.json": text.replace("EUW1_2", "EUW1_\u00e9") });
  assertEquals(batches.flat().map(({ match_id }) => match_id), ["EUW1_1"]);
  assertMatch(bad["a.json"], /^match 2: match_id/);
});

Deno.test("what goes wrong with the database ends the import", async () => {
  await withFiles({ "a.json": JSON.stringify([aMatch()]) }, async (directory) => {
    await assertRejects(
      () =>
        importDirectory(directory, {
          importBatch: () => Promise.reject(new Error("gone")),
          onProgress: () => {},
          onBadFile: () => {},
        }),
      Error,
      "gone",
    );
  });
});

Deno.test("a directory that is not there is an error", async () => {
  await assertRejects(() => importFiles({}, { below: "/nowhere" }), Deno.errors.NotFound);
});

/** `link`: the name of a link to nothing that stands among the files. */
async function importFiles(
  files: Record<string, string>,
  { below = "", link }: { below?: string; link?: string } = {},
): Promise<Imported> {
  const result: Imported = { batches: [], bad: {}, progress: [] };
  await withFiles(files, async (directory) => {
    if (link) await Deno.symlink(`${directory}/nothing`, `${directory}/${link}`);
    await importDirectory(directory + below, {
      importBatch: (batch) => {
        result.batches.push(batch);
        return Promise.resolve({ added: batch.length, corrected: 0, unchanged: 0 });
      },
      onProgress: (done, total) => result.progress.push([done, total]),
      onBadFile: (path, problem) => result.bad[path.split("/").pop()!] = problem,
    });
  });
  return result;
}

async function withFiles(
  files: Record<string, string>,
  act: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    await act(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
