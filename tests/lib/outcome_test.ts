import { assert, assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import type { Policies } from "../../lib/job.ts";
import { decideSettlement, type Ending } from "../../lib/outcome.ts";
import type { RunRow } from "../../lib/run.ts";
import type { Settlement } from "../../lib/run_store.ts";
import { fakeJob } from "../support/engine.ts";

const THREW: Ending = { kind: "threw", error: new Error("the vendor is down"), retryable: true };
const TIMED_OUT: Ending = { kind: "aborted", reason: "timeout" };

/** What becomes of a run that has failed so often, under a job's policies. */
function settle(ending: Ending, failures = 0, policies: Partial<Policies> = {}): Settlement {
  const settlement = decideSettlement(fakeJob({ policies }), { failures } as RunRow, ending);
  assert(settlement);
  return settlement;
}

function returned(done: number, failed: number): Ending {
  return { kind: "returned", result: { added: 1 }, items: { done, failed } };
}

Deno.test("a handler that returned made the run a success with its result", () => {
  assertEquals(settle(returned(0, 0)), {
    status: "success",
    reason: null,
    outcome: "success",
    error: null,
    result: { added: 1 },
    isFailure: false,
    delayMs: 0,
    slowAfterMs: null,
  });
});

Deno.test("the first two failures are tried again after their backoff, the third is for good", () => {
  const settlements = [0, 1, 2].map((failures) => settle(THREW, failures));

  assertEquals(settlements.map(({ status }) => status), ["pending", "pending", "failed"]);
  assertEquals(settlements.map(({ isFailure }) => isFailure), [true, true, true]);
  assertEquals(new Set(settlements.map(({ outcome }) => outcome)), new Set(["failed"]));
  assertEquals(new Set(settlements.map(({ error }) => error)), new Set(["the vendor is down"]));
  const [first, second] = settlements.map(({ delayMs }) => delayMs);
  assertGreaterOrEqual(first, 24_000);
  assertLessOrEqual(first, 36_000);
  assertGreaterOrEqual(second, 48_000);
  assertLessOrEqual(second, 72_000);
});

Deno.test("a job without retries fails at once", () => {
  assertEquals(settle(THREW, 0, { retries: 0 }).status, "failed");
});

Deno.test("a failure that is not worth retrying is for good", () => {
  assertEquals(settle({ ...THREW, retryable: false }).status, "failed");
});

Deno.test("retryIf decides by the error", () => {
  const retryIf = (error: unknown) => error instanceof TypeError;
  assertEquals(settle(THREW, 0, { retryIf }).status, "failed");
  assertEquals(settle({ ...THREW, error: new TypeError("no") }, 0, { retryIf }).status, "pending");
});

Deno.test("retryIf is asked about a timeout with a TimeoutError", () => {
  const retryIf = (error: unknown) => (error as Error).name !== "TimeoutError";
  assertEquals(settle(TIMED_OUT, 0, { retryIf }).status, "failed");
});

Deno.test("a retryIf that throws itself leaves the failure to be tried again", () => {
  const retryIf = (error: unknown) => (error as { code: { length: number } }).code.length > 0;
  assertEquals(settle(THREW, 0, { retryIf }).status, "pending");
});

Deno.test("a timeout is tried again like a failure, and says after how long", () => {
  const settlement = settle(TIMED_OUT, 0, { timeoutMs: 1_500 });
  assertEquals(
    [settlement.status, settlement.reason, settlement.outcome, settlement.error],
    ["pending", "timeout", "timeout", "timed out after 1.5 s"],
  );
  assertEquals(settle(TIMED_OUT, 2).status, "failed");
});

Deno.test("a shutdown hands the run back at once and uses up no retry", () => {
  assertEquals(settle({ kind: "aborted", reason: "shutdown" }, 2), {
    status: "pending",
    reason: "interrupted",
    outcome: "interrupted",
    error: null,
    result: null,
    isFailure: false,
    delayMs: 0,
    slowAfterMs: null,
  });
});

Deno.test("a run that was lost or cancelled is not settled here", () => {
  for (const reason of ["lost", "cancelled"] as const) {
    const ending: Ending = { kind: "aborted", reason };
    assertEquals(decideSettlement(fakeJob(), { failures: 0 } as RunRow, ending), undefined);
  }
});

Deno.test("a run that lacks a setting is skipped, and says which", () => {
  const settlement = settle({
    kind: "refused",
    reason: "not_configured",
    message: "RIOT_API_KEY is not set",
  });
  assertEquals(
    [settlement.status, settlement.reason, settlement.outcome, settlement.error],
    ["skipped", "not_configured", "skipped", "RIOT_API_KEY is not set"],
  );
});

Deno.test("exactly the wanted success rate is a success", () => {
  assertEquals(settle(returned(90, 10)).status, "success");
});

Deno.test("under the wanted success rate the run failed, and is not tried again", () => {
  const settlement = settle(returned(89, 11));
  assertEquals(
    [settlement.status, settlement.reason, settlement.outcome, settlement.isFailure],
    ["failed", "items", "failed", true],
  );
  assertEquals(
    settlement.error,
    "11 of 100 items failed: a success rate of 89 %, at least 90 % is wanted",
  );
});

for (
  const [failed, minSuccessRate, words] of [
    [1_005, 0.9, "a success rate of 89.9 %, at least 90 % is wanted"],
    [6, 0.9995, "a success rate of 99.9 %, at least 99.95 % is wanted"],
    [7_140, 0.29, "a success rate of 28.6 %, at least 29 % is wanted"],
    [1, 1, "a success rate of 99.9 %, at least 100 % is wanted"],
  ] as const
) {
  Deno.test(`a rate under the wanted one never reads as if it reached it: ${words}`, () => {
    const settlement = settle(returned(10_000 - failed, failed), 0, { minSuccessRate });
    assertEquals(settlement.error!.split(": ")[1], words);
  });
}

Deno.test("a run under the success rate keeps what it has counted", () => {
  assertEquals(settle(returned(0, 3)).result, { added: 1 });
});

Deno.test("a job that accepts any rate succeeds when all items failed", () => {
  assertEquals(settle(returned(0, 3), 0, { minSuccessRate: 0 }).status, "success");
});

Deno.test("what was thrown need not be an Error", () => {
  for (const [error, text] of [[null, "null"], [undefined, "undefined"], ["", "unknown error"]]) {
    assertEquals(settle({ kind: "threw", error, retryable: true }).error, text);
  }
});

Deno.test("an error's text fits the database: no NUL, and bounded", () => {
  const error = new Error("byte \0 in " + "x".repeat(100_000));
  const text = settle({ kind: "threw", error, retryable: true }).error!;
  assert(text.startsWith("byte  in xxx"));
  assertLessOrEqual(text.length, 8_000);
});
