import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertInstanceOf,
  AssertionError,
  assertMatch,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

const passes: [string, () => unknown][] = [
  [
    "assertEquals() compares deeply",
    () => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }),
  ],
  ["assertEquals() takes NaN for itself", () => assertEquals(NaN, NaN)],
  [
    "assertObjectMatch() ignores what is not expected",
    () => assertObjectMatch({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } }),
  ],
  ["assertArrayIncludes() compares deeply", () => assertArrayIncludes([{ a: 1 }, 2], [{ a: 1 }])],
  ["assertAlmostEquals() allows for rounding", () => assertAlmostEquals(0.1 + 0.2, 0.3)],
  ["assertThrows() returns what was thrown", () => {
    const error = assertThrows(() => JSON.parse("{"), SyntaxError, "JSON");
    assertInstanceOf(error, SyntaxError);
  }],
];

const fails: [string, () => unknown][] = [
  ["assert() of a falsy value", () => assert(0)],
  ["assertEquals() of other types", () => assertEquals<unknown>(1, "1")],
  ["assertEquals() of an object and an instance", () => assertEquals<unknown>({}, new Map())],
  [
    "assertEquals() of a property that is undefined and one that is missing",
    () => assertEquals<unknown>({ a: undefined }, {}),
  ],
  ["assertExists() of null", () => assertExists(null)],
  ["assertMatch() of another text", () => assertMatch("text", /^ext/)],
  ["assertStringIncludes() of another text", () => assertStringIncludes("text", "tt")],
  ["assertGreater() of equals", () => assertGreater(1, 1)],
  [
    "assertObjectMatch() of another value",
    () => assertObjectMatch({ a: { b: 1 } }, { a: { b: 2 } }),
  ],
  ["assertObjectMatch() of a missing property", () => assertObjectMatch({}, { a: undefined })],
  ["assertArrayIncludes() of a missing member", () => assertArrayIncludes([1], [1, 2])],
  ["assertAlmostEquals() of distant numbers", () => assertAlmostEquals(1, 1.01)],
  ["assertThrows() when nothing is thrown", () => assertThrows(() => {})],
  ["assertThrows() of another class", () =>
    assertThrows(() => {
      throw new TypeError();
    }, RangeError)],
  ["assertThrows() of another message", () =>
    assertThrows(
      () => {
        throw new Error("one");
      },
      Error,
      "two",
    )],
];

for (const [name, act] of passes) Deno.test(name, () => void act());

for (const [name, act] of fails) {
  Deno.test(`${name} fails`, () => {
    try {
      act();
    } catch (error) {
      if (error instanceof AssertionError) return;
      throw error;
    }
    throw new Error("It passed");
  });
}

Deno.test("assertRejects() resolves to the reason", async () => {
  const reason = await assertRejects(() => Promise.reject(new TypeError("no")), TypeError, "no");
  assertEquals(reason.message, "no");
});

Deno.test("assertRejects() fails when the promise resolves", async () => {
  const failure = await assertRejects(() => assertRejects(() => Promise.resolve()));
  assertInstanceOf(failure, AssertionError);
});

Deno.test("assertRejects() fails when the function throws before it has a promise", async () => {
  const failure = await assertRejects(() =>
    assertRejects(() => {
      throw new Error("at once");
    })
  );
  assertInstanceOf(failure, AssertionError);
});
