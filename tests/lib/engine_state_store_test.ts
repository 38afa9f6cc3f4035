import { assertEquals } from "@std/assert";
import { ManualClock } from "../../lib/clock.ts";
import { beginDispatch, recordDispatch } from "../../lib/engine_state_store.ts";
import { databaseTest } from "../support/database.ts";
import { at, START } from "../support/factories.ts";

databaseTest(
  "all is dispatched until the beginning of the newest dispatch that came to every due row",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    const dispatch = async (time: string, toldAll: boolean) => {
      clock.instant = at(time);
      const begin = await beginDispatch(sql, clock);
      clock.instant = at(`${time}:07`);
      await recordDispatch(sql, clock, { ...begin, toldAll });
      return begin.dispatchedUntil;
    };

    assertEquals(await dispatch("10:01", false), null);
    assertEquals(await dispatch("10:02", true), null);
    assertEquals(await dispatch("10:03", false), at("10:02"));
    assertEquals(await dispatch("10:04", true), at("10:02"));
    assertEquals(await dispatch("10:05", true), at("10:04"));
  },
);
