import { assertEquals } from "@std/assert";
import { isConnectionError, isSqlState } from "../../../lib/db/errors.ts";

const withCode = (code: unknown) => Object.assign(new Error("failed"), { code });

for (
  const code of [
    "CONNECTION_CLOSED",
    "CONNECTION_ENDED",
    "CONNECTION_DESTROYED",
    "CONNECT_TIMEOUT",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENOTFOUND",
    "08006",
    "57P01",
    "57P02",
    "57P03",
    "53300",
  ]
) {
  Deno.test(`isConnectionError() takes ${code} for one`, () => {
    assertEquals(isConnectionError(withCode(code)), true);
  });
}

for (const code of ["23505", "57014", "25P03", "ENOENT", 42, undefined]) {
  Deno.test(`isConnectionError() does not take ${code} for one`, () => {
    assertEquals(isConnectionError(withCode(code)), false);
  });
}

Deno.test("isConnectionError() does not take what a server says of another one for one", () => {
  const ofServer = (severity: string) => Object.assign(withCode("08001"), { severity });
  assertEquals(isConnectionError(ofServer("ERROR")), false);
  assertEquals(isConnectionError(ofServer("FATAL")), true);
});

Deno.test("isConnectionError() looks into the attempts on several addresses", () => {
  assertEquals(isConnectionError(new AggregateError([withCode("ECONNREFUSED")])), true);
  assertEquals(isConnectionError(new AggregateError([withCode("23505")])), false);
});

Deno.test("isConnectionError() takes nothing that is not an error for one", () => {
  assertEquals(isConnectionError("ECONNREFUSED"), false);
  assertEquals(isConnectionError(null), false);
});

Deno.test("isSqlState() compares the code", () => {
  assertEquals(isSqlState(withCode("23505"), "23505"), true);
  assertEquals(isSqlState(withCode("23503"), "23505"), false);
  assertEquals(isSqlState(undefined, "23505"), false);
});
