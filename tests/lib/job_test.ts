import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { JobDefinitionError } from "../../lib/errors.ts";
import { DEFAULT_POLICIES, type JobDefinition, type Policies } from "../../lib/job.ts";
import { fakeJob } from "../support/engine.ts";

/** What is said about a job that may not be. */
function complaintOf(definition: Partial<JobDefinition<unknown>>): string {
  return assertThrows(() => fakeJob(definition), JobDefinitionError).message;
}

const complaintAbout = (policies: Partial<Policies>) => complaintOf({ policies });

Deno.test("a job without policies has the defaults, and a dry run", () => {
  const job = fakeJob();
  assertEquals(job.policies, DEFAULT_POLICIES);
  assertEquals(job.dryRun, true);
});

Deno.test("a policy that is undefined is the default", () => {
  assertEquals(fakeJob({ policies: { limit: undefined, retries: undefined } }).policies, {
    ...DEFAULT_POLICIES,
  });
});

Deno.test("ids are those that every place where they appear can take", () => {
  for (const id of ["a", "detect_no_change_words", "a".repeat(60), "x9"]) fakeJob({ id });
  for (const id of ["", "9a", "_a", "A", "a-b", "a b", "é", "a".repeat(61), "a/b"]) {
    assertStringIncludes(complaintOf({ id }), "its id must be");
  }
});

Deno.test("a job has a name and a description", () => {
  assertStringIncludes(complaintOf({ name: " " }), "its name is empty");
  assertStringIncludes(complaintOf({ description: "" }), "its description is empty");
});

Deno.test("policies out of range are refused, with their value", () => {
  const wrong: [Partial<Policies>, string][] = [
    [{ graceSeconds: -1 }, "graceSeconds"],
    [{ graceSeconds: 1.5 }, "graceSeconds"],
    [{ graceSeconds: 3e9 }, "graceSeconds"],
    [{ limit: 0 }, "limit"],
    [{ jitterSeconds: -1 }, "jitterSeconds"],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ timeoutMs: NaN }, "timeoutMs"],
    [{ retries: -1 }, "retries"],
    [{ retries: Infinity }, "retries"],
    [{ minSuccessRate: 1.1 }, "minSuccessRate"],
    [{ minSuccessRate: NaN }, "minSuccessRate"],
    [{ slowAfterMs: 0 }, "slowAfterMs"],
    [{ backoff: { firstMs: -1, maxMs: 1, spread: 0 } }, "backoff.firstMs"],
    [{ backoff: { firstMs: 0, maxMs: 0.5, spread: 0 } }, "backoff.maxMs"],
    [{ backoff: { firstMs: 0, maxMs: 1, spread: 1 } }, "backoff.spread"],
  ];
  for (const [policies, name] of wrong) assertStringIncludes(complaintAbout(policies), `${name} `);
});

Deno.test("a timeout that timers cannot count is refused: they would end it at once", () => {
  fakeJob({ policies: { timeoutMs: 2 ** 31 - 1 } });
  assertStringIncludes(complaintAbout({ timeoutMs: 2 ** 31 }), "timeoutMs");
});

Deno.test("a contradiction names both sides", () => {
  const wrong: [Partial<Policies>, ...string[]][] = [
    [{ coalesce: "all" }, 'coalesce "all"', 'overlap "skip"'],
    [{ coalesce: "all", overlap: "queue" }, 'coalesce "all"', "graceSeconds null"],
    [{ coalesce: "skip" }, 'coalesce "skip"', "graceSeconds null", "graceSeconds 3600"],
    [{ retries: 0, retryIf: () => true }, "retryIf", "retries 0"],
    [
      { backoff: { firstMs: 10, maxMs: 5, spread: 0 } },
      "backoff.firstMs 10",
      "backoff.maxMs 5",
    ],
    [{ graceSeconds: 60, jitterSeconds: 61 }, "jitterSeconds 61", "graceSeconds 60"],
    [{ slowAfterMs: 5_000, timeoutMs: 5_000 }, "slowAfterMs 5000", "timeoutMs 5000"],
  ];
  for (const [policies, ...sides] of wrong) {
    for (const side of sides) assertStringIncludes(complaintAbout(policies), side);
  }
});

Deno.test("all that is wrong is said at once", () => {
  const complaint = complaintOf({ name: "", policies: { retries: -1, coalesce: "all" } });
  for (const part of ["its name is empty", "retries must be", 'coalesce "all"']) {
    assertStringIncludes(complaint, part);
  }
});

Deno.test("a job cannot be changed once it is defined", () => {
  const job = fakeJob();
  assertThrows(() => Object.assign(job, { id: "other" }), TypeError);
});
