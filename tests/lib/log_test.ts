import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "../../lib/log.ts";

/** What a log writes for one line at noon. */
function written(message: string, fields?: Record<string, unknown>): string {
  const lines: string[] = [];
  createLog((line) => lines.push(line), () => new Date("2026-01-05T12:00:00Z"))
    .info(message, fields);
  return lines[0];
}

Deno.test("a line has its time, its level, its message and its facts", () => {
  assertEquals(
    written("Job done", { run: "r1", duration_ms: 12 }),
    "2026-01-05T12:00:00.000Z INFO  Job done run=r1 duration_ms=12",
  );
});

Deno.test("each line goes to its level", () => {
  const levels: string[] = [];
  const log = createLog((line, level) => levels.push(`${level} ${line.split(" ")[1]}`));
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assertEquals(levels, ["debug DEBUG", "info INFO", "warn WARN", "error ERROR"]);
});

Deno.test("a fact with space, quote, line end or nothing in it is quoted", () => {
  assertEquals(
    written("x", { a: "two words", b: 'a"b', c: "a\nb", d: "", e: "k=v" }).slice(31),
    String.raw`x a="two words" b="a\"b" c="a\nb" d="" e="k=v"`,
  );
});

Deno.test("a fact that is undefined is left out, one that is null is not", () => {
  assertEquals(written("x", { gone: undefined, none: null }).slice(31), "x none=null");
});

Deno.test("a fact that is no JSON is written all the same", () => {
  const circle: Record<string, unknown> = { name: "circle" };
  circle.self = circle;
  assertStringIncludes(written("x", { count: 10n }), "count=10");
  assertStringIncludes(written("x", { circle }), "circle");
});
