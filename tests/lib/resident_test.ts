import { assertEquals, assertMatch } from "@std/assert";
import { Resident } from "../../lib/resident.ts";
import { databaseTest } from "../support/database.ts";
import { openTestEngine } from "../support/engine.ts";

databaseTest(
  "a start goes on when its database went away while it told its schedules",
  async ({ sql }) => {
    await using test = openTestEngine(sql);
    let failures = 1;
    const oftenAway = new Proxy(sql, {
      apply(target, self, args) {
        const isTelling = test.log.text.includes("Background scheduler started");
        if (isTelling && failures-- > 0) {
          return Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));
        }
        return Reflect.apply(target, self, args);
      },
    });
    const engine = Object.create(test.engine, { sql: { value: oftenAway } });
    const database = {
      sql,
      kind: "postgres" as const,
      announce() {},
      close: () => Promise.resolve(),
    };
    const resident = new Resident(
      engine,
      database,
      () => Promise.resolve(),
      new AbortController().signal,
    );
    await resident.begin();
    resident.end();
    assertEquals(failures < 0, true);
    assertMatch(test.log.text, /The database does not answer; going on trying/);
    assertMatch(test.log.text, /Scheduled: Hourly/);
  },
);
