import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { splitObjects } from "../../../jobs/matches/split_objects.ts";

for (
  const { of, text } of [
    { of: "an array", text: '[{"a": 1}, {"a": 2}]' },
    { of: "one a line", text: '{"a": 1}\n{"a": 2}\n' },
    { of: "an array over lines", text: '\ufeff[\r\n  {\n"a": 1},\n\t{"a": 2}\n]\n' },
  ]
) {
  Deno.test(`objects in ${of} are found`, async () => {
    assertEquals((await split([text])).map((found) => JSON.parse(found)), [{ a: 1 }, { a: 2 }]);
  });
}

Deno.test("any objects are found, wherever the text is cut into chunks", async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(fc.asyncProperty(
    fc.array(object),
    fc.boolean(),
    fc.array(fc.integer({ min: 0, max: 300 })),
    async (objects, isArray, cuts) => {
      const text = isArray
        ? JSON.stringify(objects, null, 1)
        : objects.map((one) => JSON.stringify(one)).join("\n");
      const places = [0, ...cuts.filter((cut) => cut < text.length), text.length].sort((a, b) =>
        a - b
      );
      const chunks = places.slice(1).map((place, i) => text.slice(places[i], place));
      const found = (await split(chunks)).map((one) => JSON.parse(one));
      assertEquals(found, JSON.parse(JSON.stringify(objects)));
    },
  ));
});

for (
  const { of, text, message } of [
    { of: "a text that is cut off", text: '[{"a": 1}, {"a": {"b"', message: "ends inside" },
    { of: "a text cut off in a string", text: '{"a": "}', message: "ends inside" },
    { of: "a page of HTML", text: "<html>{}</html>", message: "is not the beginning" },
    { of: "a text of lines", text: "<html>\n<p>", message: '"<html>\\n<p>" is not the' },
    { of: "numbers", text: "[1, 2]", message: "is not the beginning" },
    { of: "an endless object", text: `{"a": "${"x".repeat(1_000_001)}`, message: "longer than" },
  ]
) {
  Deno.test(`${of} is refused`, async () => {
    await assertRejects(() => split([text]), SyntaxError, message);
  });
}

async function split(chunks: string[]): Promise<string[]> {
  async function* each() {
    yield* chunks;
  }
  const found = [];
  for await (const object of splitObjects(each())) found.push(object);
  return found;
}
