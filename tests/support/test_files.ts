import { dirname, join, relative, resolve } from "node:path";

const TEST_FILE = /(^|[/_.])test\.tsx?$/;
const under = (...names: string[]) =>
  names.map((name) => resolve(import.meta.dirname!, "..", name));
const WITH_PROGRAMS = under("program");
const WITH_MANY_PROCESSES = under("browser", "chaos");
const DATABASE_SUPPORT = resolve(import.meta.dirname!, "database.ts");

/**
 * The test files that the arguments of a test run name, those under `tests/` when they name none
 * (`isNamed` is false then), and the other arguments.
 */
export async function findTestFiles(
  args: string[],
): Promise<{ files: string[]; isNamed: boolean; options: string[] }> {
  const options = [];
  const files = new Set<string>();
  let isNamed = false;
  for (const arg of args) {
    const found = arg.startsWith("-") ? null : await filesAt(arg);
    if (found === null) {
      options.push(arg);
    } else {
      isNamed = true;
      found.forEach((file) => files.add(file));
    }
  }
  if (!isNamed) (await filesAt("tests"))?.forEach((file) => files.add(file));
  return { files: [...files].sort(), isNamed, options };
}

/** A file as it is, a directory as the test files in it; null where nothing is. */
async function filesAt(path: string): Promise<string[] | null> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const files = [];
  for await (const entry of Deno.readDir(path)) {
    const inside = join(path, entry.name);
    if (entry.isDirectory) files.push(...await filesAt(inside) ?? []);
    else if (TEST_FILE.test(entry.name)) files.push(inside);
  }
  return files;
}

/** What a test does: looks at functions, uses a database, watches a program, or many processes at once. */
export type Kind = "functions" | "database" | "program" | "processes";

/** Only the tests of one kind share a process. */
export async function kindOf(file: string): Promise<Kind> {
  const isIn = (directories: string[]) =>
    directories.some((directory) => !relative(directory, resolve(file)).startsWith(".."));
  if (isIn(WITH_MANY_PROCESSES)) return "processes";
  if (isIn(WITH_PROGRAMS)) return "program";
  return await usesDatabase(file) ? "database" : "functions";
}

/** Whether a test imports `database.ts`, itself or through what lies under `tests/`. */
export async function usesDatabase(file: string, seen = new Set<string>()): Promise<boolean> {
  const path = resolve(file);
  if (path === DATABASE_SUPPORT) return true;
  if (seen.has(path)) return false;
  seen.add(path);
  const source = await Deno.readTextFile(path);
  for (const [, specifier] of source.matchAll(/\bfrom\s+"(\.[^"]+\.tsx?)"/g)) {
    const imported = join(dirname(path), specifier);
    if (!imported.startsWith(resolve("tests"))) continue;
    if (await usesDatabase(imported, seen)) return true;
  }
  return false;
}
