import { assertEquals } from "@std/assert";
import { moveTo } from "../../lib/reschedule.ts";
import type { ScheduleRow } from "../../lib/schedule_row.ts";
import { at, scheduleRow } from "../support/factories.ts";

const EVERY_HALF_HOUR = {
  cron: "*/30 * * * *",
  interval_minutes: null,
  run_at: null,
  time_zone: "UTC",
};

/** The gaps that a row leaves when it moves at 12:10, as `reason first-last (slots) detail`. */
function gapsOf(row: Partial<ScheduleRow>): string[] {
  const { gaps } = moveTo(scheduleRow(row), EVERY_HALF_HOUR, at("12:10"), "rescheduled");
  return gaps!.map(({ reason, firstSlot, lastSlot, slots, detail }) =>
    `${reason} ${time(firstSlot)}-${time(lastSlot)} (${slots})${detail ? ` ${detail}` : ""}`
  );
}

function time(instant: Date): string {
  return instant.toISOString().slice(11, 16);
}

Deno.test("a row goes on at the first slot of its new schedule", () => {
  const row = scheduleRow({ next_run_at: at("13:00") });
  assertEquals(moveTo(row, EVERY_HALF_HOUR, at("12:10"), "rescheduled"), {
    anchor_at: at("12:10"),
    next_run_at: at("12:30"),
    planned_at: at("12:30"),
    gaps: [],
  });
});

Deno.test("a new interval counts from the change", () => {
  const to = { cron: null, interval_minutes: 45, run_at: null, time_zone: "UTC" };
  const moved = moveTo(scheduleRow({ next_run_at: at("13:00") }), to, at("12:10"), "rescheduled");
  assertEquals([moved.anchor_at, moved.next_run_at], [at("12:10"), at("12:55")]);
});

Deno.test("slots that were due are one gap of the reason that is given", () => {
  assertEquals(gapsOf({}), ["rescheduled 10:00-12:00 (3)"]);
  const off = moveTo(scheduleRow(), EVERY_HALF_HOUR, at("12:10"), "scheduler_off");
  assertEquals(off.gaps!.map(({ reason }) => reason), ["scheduler_off"]);
});

Deno.test("slots in a pause stay slots of the pause, with who paused", () => {
  assertEquals(gapsOf({ paused_at: at("10:30"), paused_by: "ada", pause_reason: "move" }), [
    "rescheduled 10:00-10:00 (1)",
    "paused 11:00-12:00 (2) by ada: move",
  ]);
  assertEquals(gapsOf({ paused_at: at("09:30"), paused_until: at("11:30") }), [
    "paused 10:00-11:00 (2)",
    "rescheduled 12:00-12:00 (1)",
  ]);
});

Deno.test("a pause until infinity, which is no instant in JavaScript, is a pause", () => {
  assertEquals(gapsOf({ paused_at: at("09:30"), paused_until: new Date(NaN) }), [
    "paused 10:00-12:00 (3)",
  ]);
});

Deno.test("slots of a row that is disabled stay so, even where nobody wrote since when", () => {
  const expected = ["disabled 10:00-12:00 (3)"];
  assertEquals(gapsOf({ enabled: false, disabled_at: at("09:30") }), expected);
  assertEquals(gapsOf({ enabled: false, disabled_at: null }), expected);
});

Deno.test("an instant set by hand stays set, and slots before now are told", () => {
  const row = scheduleRow({ planned_at: at("11:00"), next_run_at: at("23:15") });
  const moved = moveTo(row, EVERY_HALF_HOUR, at("12:10"), "rescheduled");
  assertEquals("next_run_at" in moved, false);
  assertEquals(moved.planned_at, at("12:30"));
  assertEquals(moved.gaps!.map(({ slots }) => slots), [2]);
});

Deno.test("a one-off that had its slot goes on at the new one", () => {
  const row = scheduleRow({
    run_at: at("09:00"),
    next_run_at: null,
    planned_at: null,
    enabled: false,
  });
  const moved = moveTo(row, EVERY_HALF_HOUR, at("12:10"), "rescheduled");
  assertEquals(moved.next_run_at, at("12:30"));
});

Deno.test("a row whose schedule was broken by hand can be mended", () => {
  const moved = moveTo(
    scheduleRow({ cron: "61 * * * *" }),
    EVERY_HALF_HOUR,
    at("12:10"),
    "rescheduled",
  );
  assertEquals([moved.next_run_at, moved.gaps], [at("12:30"), []]);
});
