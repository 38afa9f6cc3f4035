/** The rules by which the program is laid out, read off its own source. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { VARIABLES } from "../lib/config.ts";
import { importGraph } from "./support/import_graph.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What each layer may import beside itself; tests may import all. */
const BELOW: Record<string, string[]> = {
  "main.ts": ["routes", "jobs", "lib"],
  routes: ["jobs", "lib"],
  jobs: ["lib"],
  lib: [],
};

interface SourceFile {
  /** From the top of the project, such as `lib/clock.ts`. */
  path: string;
  /** Without comments. */
  code: string;
}

const sources = await readSources();

async function readSources(): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const layer of Object.keys(BELOW)) {
    for (const path of await filesIn(join(ROOT, layer))) {
      const code = withoutComments(await Deno.readTextFile(path));
      found.push({ path: relative(ROOT, path), code });
    }
  }
  return found;
}

async function filesIn(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const files = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) files.push(...await filesIn(join(path, name)));
    else if (/\.tsx?$/.test(name)) files.push(join(path, name));
  }
  return files;
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

function importsOf({ code }: SourceFile): string[] {
  return [...code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name);
}

function layerOf(path: string): string {
  return path.split("/")[0];
}

/** Every file in whose code the pattern is, but for those where it may be. */
function filesWith(pattern: RegExp, mayBeIn: (path: string) => boolean): string[] {
  return sources
    .filter(({ path, code }) => !mayBeIn(path) && pattern.test(code))
    .map(({ path }) => path);
}

Deno.test("imports go main.ts → routes/ → jobs/ → lib/ and no other way", () => {
  const wrong = sources.flatMap((source) => {
    const layer = layerOf(source.path);
    return importsOf(source)
      .filter((name) => name.startsWith("."))
      .map((name) => relative(ROOT, join(ROOT, dirname(source.path), name)))
      .filter((target) => layerOf(target) !== layer && !BELOW[layer].includes(layerOf(target)))
      .map((target) => `${source.path} → ${target}`);
  });
  assertEquals(wrong, []);
});

Deno.test("the layers' files were found, and their imports", () => {
  assert(sources.length > 100);
  const main = sources.find(({ path }) => path === "main.ts")!;
  assert(importsOf(main).includes("./routes/program.ts"));
});

Deno.test("imports name packages by their bare names: deno.json alone says from where", () => {
  const wrong = sources.flatMap((source) =>
    importsOf(source)
      .filter((name) => /^(npm|jsr|https?):/.test(name))
      .map((name) => `${source.path} → ${name}`)
  );
  assertEquals(wrong, []);
});

Deno.test("the environment is read in lib/config.ts only", () => {
  const is = (path: string) => path === "lib/config.ts";
  assertEquals(filesWith(/\bDeno\.env\b|\bprocess\.env\b/, is), []);
});

Deno.test("Deno.cron and Deno.serve stand in main.ts only", () => {
  const is = (path: string) => path === "main.ts";
  // Not in a text for people, nor as a type.
  assertEquals(filesWith(/^[^"\n]*(?<!typeof )\bDeno\.(cron|serve)\b/m, is), []);
});

Deno.test("this machine's clock is read in lib/clock.ts only", () => {
  const is = (path: string) => path === "lib/clock.ts";
  assertEquals(filesWith(/\bnew Date\(\s*\)|\bDate\.now\b|(?<!new )\bDate\(\)/, is), []);
});

Deno.test("SQL stands in *_store.ts, in lib/db/ and in the clock's fragment only", () => {
  const is = (path: string) =>
    /_store\.ts$/.test(path) || path.startsWith("lib/db/") || path === "lib/clock.ts";
  assertEquals(filesWith(/\b(sql|tx)(<[^`]{0,400}>)?`|\b(sql|tx)\.unsafe\(/, is), []);
});

Deno.test("the cron libraries are known under lib/schedule only", () => {
  const wrong = sources
    .filter((source) => importsOf(source).some((name) => /^(croner|cronstrue)/.test(name)))
    .map(({ path }) => path)
    .filter((path) => path !== "lib/schedule.ts" && !path.startsWith("lib/schedule/"));
  assertEquals(wrong, []);
});

Deno.test("no module waits for anything while it is imported, but for what is started by name", () => {
  const started = (path: string) => path === "main.ts" || /^(lib|jobs)\/cli\//.test(path);
  assertEquals(filesWith(/^(const .*= )?await /m, started), []);
});

Deno.test("the graph of main.ts holds no PGlite", async () => {
  const graph = await importGraph("main.ts");
  assert(graph.some((name) => name.endsWith("/lib/engine.ts")));
  assertEquals(graph.filter((name) => /pglite/i.test(name)), []);
});

Deno.test("what declares the jobs brings no store with it: a job loads its stores when it runs", () => {
  const graph = readAtStart("jobs/mod.ts");
  assert(graph.has("jobs/learning/detect_no_change_words.ts"));
  assertEquals([...graph].filter((path) => /_store\.ts$/.test(path)), []);
});

/** What is read before the first line of `entry` runs: neither types nor what is imported with `import()`. */
function readAtStart(entry: string, found = new Set<string>()): Set<string> {
  found.add(entry);
  const { code } = sources.find(({ path }) => path === entry)!;
  for (const [, name] of code.matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm)) {
    const path = join(dirname(entry), name);
    if (!found.has(path)) readAtStart(path, found);
  }
  return found;
}

for (const task of ["dev", "start"]) {
  Deno.test(`task ${task} may read exactly the variables of lib/config.ts and the driver's`, async () => {
    const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
    const allowed = tasks[task].command.match(/--allow-env=(\S+)/)[1].split(",");
    assertEquals(
      allowed.toSorted(),
      [...VARIABLES, "PG*", "USER", "USERNAME", "LOGNAME"].toSorted(),
    );
  });

  Deno.test(`task ${task} may run nothing, load nothing native and ask nothing of the system`, async () => {
    const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
    const flags: string[] = tasks[task].command.match(/--?[A-Za-z][\w-]*/g);
    assertEquals(
      flags.filter((flag) => /^(-A|--allow-(all|run|ffi|sys|scripts|import))$/.test(flag)),
      [],
    );
  });
}

Deno.test(".env.example names every variable that a person may set, and no other", async () => {
  const text = await Deno.readTextFile(join(ROOT, ".env.example"));
  const named = [...text.matchAll(/^#?\s*([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  const ofPlatform = /^DENO_/;
  assertEquals(
    [...new Set(named)].toSorted(),
    VARIABLES.filter((name) => !ofPlatform.test(name)).toSorted(),
  );
});
