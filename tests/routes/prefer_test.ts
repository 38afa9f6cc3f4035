import { assertEquals } from "@std/assert";
import { preferredWaitSeconds } from "../../routes/prefer.ts";

for (
  const [header, seconds] of [
    ["wait=10", 10],
    ["Wait = 10", 10],
    ['wait="10"', 10],
    ["respond-async, wait=10", 10],
    ["wait=10;x=1, handling=lenient", 10],
    ["wait=0", 0],
    ["wait=61", 60],
    ["wait=999999999", 60],
    ["wait=-1", null],
    ["wait=1.5", null],
    ["wait=soon", null],
    ["await=10", null],
    ["respond-async", null],
    ["", null],
    [undefined, null],
  ] as const
) {
  Deno.test(`"Prefer: ${header}" waits ${seconds} s`, () => {
    assertEquals(preferredWaitSeconds(header), seconds);
  });
}
