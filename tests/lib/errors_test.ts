import { assertEquals } from "@std/assert";
import {
  ConfigError,
  ConflictError,
  errorMessage,
  InvalidInputError,
  stackOf,
} from "../../lib/errors.ts";

function refuse(): never {
  throw new Error("no");
}

Deno.test("errorMessage() gives a text for whatever was thrown", () => {
  const bare = Object.create(null);
  const thrown: [unknown, string][] = [
    [new Error("down"), "down"],
    [new TypeError(), "TypeError"],
    ["down", "down"],
    ["", "unknown error"],
    [undefined, "undefined"],
    [null, "null"],
    [bare, "unknown error"],
    [new Error("\0"), "unknown error"],
    [Object.assign(new Error(), { message: { code: 42 } }), '{"code":42}'],
    [Object.assign(new Error(), { message: 42 }), "42"],
    [Object.defineProperty(new Error(), "message", { get: refuse }), "unknown error"],
    [new Proxy({}, { get: refuse, getPrototypeOf: refuse }), "unknown error"],
  ];
  for (const [error, text] of thrown) assertEquals(errorMessage(error), text);
});

Deno.test("stackOf() gives a text or nothing, and never throws", () => {
  assertEquals(stackOf(Object.assign(new Error(), { stack: "here" })), "here");
  assertEquals(stackOf(Object.assign(new Error(), { stack: 42 })), undefined);
  assertEquals(stackOf(Object.defineProperty(new Error(), "stack", { get: refuse })), undefined);
  assertEquals(stackOf("down"), undefined);
});

Deno.test("errors of the engine carry their code, their name and facts for the caller", () => {
  const error = new ConflictError("Run 1 is running", { run_id: "1" });
  assertEquals([error.name, error.code, error.details], ["ConflictError", "conflict", {
    run_id: "1",
  }]);
});

Deno.test("wrong input hands its fields on", () => {
  const error = new InvalidInputError("no", { "params.days": ["must be positive"] });
  assertEquals(error.details, { errors: { "params.days": ["must be positive"] } });
});

Deno.test("a ConfigError lists every problem on a line of its own", () => {
  assertEquals(new ConfigError(["PORT: no", "HOST: no"]).message.split("\n").slice(1), [
    "  PORT: no",
    "  HOST: no",
  ]);
});
