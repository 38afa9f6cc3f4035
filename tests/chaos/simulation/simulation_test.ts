import { assertEquals } from "@std/assert";
import { databaseTest } from "../../support/database.ts";
import { simulate } from "./simulate.ts";
import { formatVerdict } from "./verdict.ts";

const raceTest = databaseTest.onlyPostgres("the embedded database belongs to one process");

raceTest(
  "four processes, killed and frozen, account for every slot of an hour and a half (test:chaos has twenty hours)",
  async ({ url }) => {
    const verdict = await simulate({
      url,
      hours: 1.6,
      rate: 150,
      processes: 4,
      seed: 7,
      upsetEveryMs: 1_200,
    }, () => {});
    const holds = verdict.checks.every(({ wrong }) => wrong === 0);
    assertEquals(holds, true, formatVerdict(verdict));
  },
);
