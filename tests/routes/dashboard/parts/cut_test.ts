import { assert, assertEquals, assertMatch } from "@std/assert";
import { Cut } from "../../../../routes/dashboard/parts/cut.tsx";

const write = (text: string) => String(Cut({ text }));

Deno.test("a text that fits a line stands there as it is", () => {
  assertEquals(write("no such host"), '<span class="clip mono">no such host</span>');
});

Deno.test("a longer one, or one of several lines, is opened by a press", () => {
  for (const text of ["x".repeat(41), "a\nb"]) assertMatch(write(text), /^<details class="cut ?">/);
  assertMatch(write("x".repeat(76)), /^<details class="cut long">/);
});

Deno.test("a text beyond all measure ends where the page of its run goes on", () => {
  const page = write("x".repeat(50_000));
  assert(page.length < 2_200, `${page.length} letters`);
  assertMatch(page, /x…</);
});

Deno.test("markup is shown as text", () => {
  assertMatch(write(`<b>${"x".repeat(50)}</b>`), /&lt;b&gt;x/);
});
