import { assertEquals, assertGreaterOrEqual, assertLess, assertThrows, fail } from "@std/assert";
import fc from "fast-check";
import { openGaps, planRow } from "../../lib/plan.ts";
import { MAX_COUNTED, type RowPlan } from "../../lib/slot_account.ts";
import { ScheduleError } from "../../lib/schedule.ts";
import { scheduleOf, type ScheduleRow } from "../../lib/schedule_row.ts";
import { at, scheduleRow, START } from "../support/factories.ts";

/** A plan as a person would tell it. */
interface Outline {
  /** `10:00 schedule` */
  slots: string[];
  /** `missed 08:00-09:00 (2)` */
  gaps: string[];
  next: string | null;
}

const MINUTE_MS = 60_000;

function outline(plan: RowPlan): Outline {
  return {
    slots: plan.slots.map(({ slot, trigger }) => `${clockTime(slot)} ${trigger}`),
    gaps: plan.gaps.map(({ reason, firstSlot, lastSlot, slots }) =>
      `${reason} ${clockTime(firstSlot)}-${clockTime(lastSlot)} (${slots ?? "more"})`
    ),
    next: plan.next && clockTime(plan.next),
  };
}

/** `10:00`, `10:00:30` or, on another day than the tests' first, `2026-01-06 10:00`. */
function clockTime(instant: Date): string {
  const [day, time] = instant.toISOString().replace("Z", "").split("T");
  const short = time.replace(/\.000$/, "").replace(/:00$/, "");
  return day === "2026-01-05" ? short : `${day} ${short}`;
}

/** Declares a test for each line of a table: what is said of the row, when it is planned, what comes of it. */
function planTable(
  lines: Record<string, [row: Partial<ScheduleRow>, now: string, outline: Outline]>,
): void {
  for (const [name, [row, now, expected]] of Object.entries(lines)) {
    Deno.test(`planRow(): ${name}`, () => {
      assertEquals(outline(planRow(scheduleRow(row), at(now))), expected);
    });
  }
}

planTable({
  "a slot on time is a run of trigger schedule": [
    {},
    "10:00:00.400",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "a slot is due at its very instant": [
    {},
    "10:00",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "a dispatch 90 s late is still on time": [
    {},
    "10:01:30",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "a dispatch a millisecond later than 90 s catches up": [
    {},
    "10:01:30.001",
    { slots: ["10:00 catch_up"], gaps: [], next: "11:00" },
  ],
  "a newest slot that comes on time catches up when others were passed over": [
    { next_run_at: at("08:00") },
    "10:00:01",
    { slots: ["10:00 catch_up"], gaps: ["missed 08:00-09:00 (2)"], next: "11:00" },
  ],
});

planTable({
  "without a grace a slot may run until the next one is due": [
    {},
    "10:59:59.999",
    { slots: ["10:00 catch_up"], gaps: [], next: "11:00" },
  ],
  "without a grace a slot is missed at the instant of the next one": [
    {},
    "11:00",
    { slots: ["11:00 catch_up"], gaps: ["missed 10:00-10:00 (1)"], next: "12:00" },
  ],
  "a slot exactly as late as its grace runs": [
    { grace_seconds: 60 },
    "10:01",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "a slot a millisecond later than its grace is missed": [
    { grace_seconds: 60 },
    "10:01:00.001",
    { slots: [], gaps: ["missed 10:00-10:00 (1)"], next: "11:00" },
  ],
  "a grace of 300 s lets a slot run after four minutes": [
    { grace_seconds: 300 },
    "10:04",
    { slots: ["10:00 catch_up"], gaps: [], next: "11:00" },
  ],
  "a grace of 3600 s holds exactly one hour": [
    { cron: "0 2 * * *", grace_seconds: 3600, next_run_at: at("02:00") },
    "03:00",
    { slots: ["02:00 catch_up"], gaps: [], next: "2026-01-06 02:00" },
  ],
  "a grace of 3600 s is over a millisecond after one hour": [
    { cron: "0 2 * * *", grace_seconds: 3600, next_run_at: at("02:00") },
    "03:00:00.001",
    { slots: [], gaps: ["missed 02:00-02:00 (1)"], next: "2026-01-06 02:00" },
  ],
  "a grace of 0 s runs at the very instant only": [
    { grace_seconds: 0 },
    "10:00:00.001",
    { slots: [], gaps: ["missed 10:00-10:00 (1)"], next: "11:00" },
  ],
  "what is beyond grace is missed and what is within is coalesced": [
    { grace_seconds: 7200, next_run_at: at("06:00") },
    "10:30",
    {
      slots: ["10:00 catch_up"],
      gaps: ["missed 06:00-08:00 (3)", "coalesced 09:00-09:00 (1)"],
      next: "11:00",
    },
  ],
});

planTable({
  "latest runs the newest and coalesces the others": [
    { grace_seconds: 36_000, next_run_at: at("07:00") },
    "10:30",
    { slots: ["10:00 catch_up"], gaps: ["coalesced 07:00-09:00 (3)"], next: "11:00" },
  ],
  "all runs each in order": [
    { grace_seconds: 36_000, coalesce: "all", overlap: "queue", next_run_at: at("07:00") },
    "10:30",
    {
      slots: ["07:00 catch_up", "08:00 catch_up", "09:00 catch_up", "10:00 catch_up"],
      gaps: [],
      next: "11:00",
    },
  ],
  "all without a grace runs the newest alone": [
    { coalesce: "all", overlap: "queue", next_run_at: at("08:00") },
    "10:30",
    { slots: ["10:00 catch_up"], gaps: ["missed 08:00-09:00 (2)"], next: "11:00" },
  ],
  "skip runs the sole late slot": [
    { grace_seconds: 36_000, coalesce: "skip" },
    "10:30",
    { slots: ["10:00 catch_up"], gaps: [], next: "11:00" },
  ],
  "skip runs none of several late slots": [
    { grace_seconds: 36_000, coalesce: "skip", next_run_at: at("08:00") },
    "10:30",
    { slots: [], gaps: ["coalesced 08:00-10:00 (3)"], next: "11:00" },
  ],
});

Deno.test("planRow(): 1,000 missed slots are counted, one more is only more", () => {
  const minutely = { cron: "* * * * *", next_run_at: at("2026-01-01T00:00:00Z") };
  const now = (slots: number) => new Date(minutely.next_run_at.getTime() + slots * MINUTE_MS);

  const counted = planRow(scheduleRow(minutely), now(MAX_COUNTED));
  assertEquals(counted.gaps[0].slots, MAX_COUNTED);

  const more = planRow(scheduleRow(minutely), now(MAX_COUNTED + 1));
  assertEquals(more.gaps[0].slots, null);
  assertEquals(more.gaps[0].lastSlot, now(MAX_COUNTED));
  assertEquals(outline(more).slots, [`${clockTime(now(MAX_COUNTED + 1))} catch_up`]);
});

Deno.test("planRow(): all takes 1,000 slots and goes on where it stopped", () => {
  const row = scheduleRow({
    cron: "* * * * *",
    coalesce: "all",
    overlap: "queue",
    grace_seconds: 7 * 86_400,
    next_run_at: at("00:00"),
  });
  const now = at("20:00");

  const first = planRow(row, now);
  assertEquals(first.slots.length, MAX_COUNTED);
  assertEquals(first.next, at("16:40"));

  const second = planRow({ ...row, next_run_at: first.next, planned_at: first.next }, now);
  assertEquals(second.slots[0].slot, at("16:40"));
  assertEquals(second.slots.length, 201);
  assertEquals(second.next, at("20:01"));
});

Deno.test("planRow(): a plan that stops early says nothing of slots after its end", () => {
  const row = scheduleRow({
    cron: "* * * * *",
    coalesce: "all",
    overlap: "queue",
    grace_seconds: 7 * 86_400,
    next_run_at: at("00:00"),
    paused_at: at("18:00"),
    paused_until: at("19:00"),
  });

  const plan = planRow(row, at("20:00"));

  assertEquals(plan.next, at("16:40"));
  assertEquals(plan.gaps, []);
});

planTable({
  "slots in a pause that ended are one gap, and those after it run": [
    { next_run_at: at("07:00"), paused_at: at("06:30"), paused_until: at("09:30") },
    "10:00:05",
    { slots: ["10:00 schedule"], gaps: ["paused 07:00-09:00 (3)"], next: "11:00" },
  ],
  "a slot at the instant of a pause's beginning is paused": [
    { paused_at: at("10:00"), paused_until: at("10:10") },
    "10:10",
    { slots: [], gaps: ["paused 10:00-10:00 (1)"], next: "11:00" },
  ],
  "a slot at the instant of a pause's end runs": [
    { paused_at: at("09:30"), paused_until: at("10:00"), next_run_at: at("10:00") },
    "10:00",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "what was late before a pause is missed and not paused": [
    { next_run_at: at("07:00"), paused_at: at("08:30"), paused_until: at("09:30") },
    "10:00:05",
    {
      slots: ["10:00 catch_up"],
      gaps: ["missed 07:00-08:00 (2)", "paused 09:00-09:00 (1)"],
      next: "11:00",
    },
  ],
  "a pause that no slot fell into leaves nothing": [
    { paused_at: at("09:10"), paused_until: at("09:50") },
    "10:00:05",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "the newest slot before a pause that still holds at the newest is missed": [
    { next_run_at: at("09:00"), paused_at: at("09:30"), paused_until: at("10:30") },
    "10:30",
    {
      slots: [],
      gaps: ["missed 09:00-09:00 (1)", "paused 10:00-10:00 (1)"],
      next: "11:00",
    },
  ],
  "within grace a slot before a pause runs after it": [
    {
      next_run_at: at("09:00"),
      grace_seconds: 7200,
      paused_at: at("09:30"),
      paused_until: at("10:30"),
    },
    "10:30",
    { slots: ["09:00 catch_up"], gaps: ["paused 10:00-10:00 (1)"], next: "11:00" },
  ],
});

planTable({
  "slots while disabled are one gap, and those after it run": [
    { next_run_at: at("07:00"), disabled_at: at("06:30"), enabled_at: at("09:30") },
    "10:00:05",
    { slots: ["10:00 schedule"], gaps: ["disabled 07:00-09:00 (3)"], next: "11:00" },
  ],
  "paused, then disabled over the pause's end: each slot is told once": [
    {
      next_run_at: at("05:00"),
      paused_at: at("04:30"),
      paused_until: at("07:30"),
      disabled_at: at("06:30"),
      enabled_at: at("09:30"),
    },
    "10:00:05",
    {
      slots: ["10:00 schedule"],
      gaps: ["paused 05:00-07:00 (3)", "disabled 08:00-09:00 (2)"],
      next: "11:00",
    },
  ],
  "disabled inside of a pause: the pause tells all of it": [
    {
      next_run_at: at("05:00"),
      paused_at: at("04:30"),
      paused_until: at("09:30"),
      disabled_at: at("06:30"),
      enabled_at: at("07:30"),
    },
    "10:00:05",
    { slots: ["10:00 schedule"], gaps: ["paused 05:00-09:00 (5)"], next: "11:00" },
  ],
  "enabled by a plain UPDATE before its slot: the slot runs": [
    { disabled_at: at("06:30"), enabled_at: null },
    "10:00:05",
    { slots: ["10:00 schedule"], gaps: [], next: "11:00" },
  ],
  "enabled by a plain UPDATE at an unknown time: the newest slot runs, the others count as disabled":
    [
      { next_run_at: at("07:00"), disabled_at: at("06:30"), enabled_at: null },
      "10:00:05",
      { slots: ["10:00 schedule"], gaps: ["disabled 07:00-09:00 (3)"], next: "11:00" },
    ],
});

planTable({
  "an instant set by hand in the past runs whatever the grace": [
    { next_run_at: at("09:10"), planned_at: at("11:00"), grace_seconds: 0 },
    "10:00:30",
    { slots: ["09:10 catch_up"], gaps: [], next: "11:00" },
  ],
  "an instant set by hand a minute ago runs as scheduled": [
    { next_run_at: at("10:19:30"), planned_at: at("11:00") },
    "10:20:30",
    { slots: ["10:19:30 schedule"], gaps: [], next: "11:00" },
  ],
  "an instant set by hand later jumps over slots, which are rescheduled": [
    { next_run_at: at("13:30"), planned_at: at("11:00") },
    "13:30:02",
    { slots: ["13:30 schedule"], gaps: ["rescheduled 11:00-13:00 (3)"], next: "14:00" },
  ],
  "an instant set by hand on a regular slot is that slot's run": [
    { next_run_at: at("13:00"), planned_at: at("11:00") },
    "13:00:02",
    { slots: ["13:00 schedule"], gaps: ["rescheduled 11:00-12:00 (2)"], next: "14:00" },
  ],
  "an instant set by hand that equals the plan is no change": [
    { next_run_at: at("11:00"), planned_at: at("11:00") },
    "11:00:02",
    { slots: ["11:00 schedule"], gaps: [], next: "12:00" },
  ],
  "NULL is due now, and the plan stays": [
    { next_run_at: null, planned_at: at("11:00") },
    "10:20:30",
    { slots: ["10:20:30 schedule"], gaps: [], next: "11:00" },
  ],
  "NULL on a row that never fired is due now and accounts for nothing before": [
    { next_run_at: null, planned_at: null },
    "10:20:30",
    { slots: ["10:20:30 schedule"], gaps: [], next: "11:00" },
  ],
  "NULL seen late: the slots since the plan are rescheduled": [
    { next_run_at: null, planned_at: at("08:00") },
    "10:20:30",
    { slots: ["10:20:30 schedule"], gaps: ["rescheduled 08:00-10:00 (3)"], next: "11:00" },
  ],
  "a row that somebody inserted by hand begins at its instant": [
    { next_run_at: at("09:59:50"), planned_at: null },
    "10:00:30",
    { slots: ["09:59:50 schedule"], gaps: [], next: "11:00" },
  ],
  "an instant set by hand before a slot that is due too: both run": [
    {
      next_run_at: at("09:59:30"),
      planned_at: at("10:00"),
      overlap: "queue",
    },
    "10:00:10",
    { slots: ["09:59:30 catch_up", "10:00 catch_up"], gaps: [], next: "11:00" },
  ],
});

planTable({
  "a one-off fires and has no next": [
    { run_at: at("10:00") },
    "10:00:10",
    { slots: ["10:00 schedule"], gaps: [], next: null },
  ],
  "a one-off without a grace is never too late": [
    { run_at: at("10:00") },
    "2026-03-01T00:00:00Z",
    { slots: ["10:00 catch_up"], gaps: [], next: null },
  ],
  "a one-off beyond its grace is missed and has no next": [
    { run_at: at("10:00"), grace_seconds: 60 },
    "10:02",
    { slots: [], gaps: ["missed 10:00-10:00 (1)"], next: null },
  ],
  "a one-off brought forward by hand still has its own instant": [
    { run_at: at("12:00"), next_run_at: at("10:00"), planned_at: at("12:00") },
    "10:00:10",
    { slots: ["10:00 schedule"], gaps: [], next: "12:00" },
  ],
  "a one-off put off by hand runs once": [
    { run_at: at("12:00"), next_run_at: at("14:00"), planned_at: at("12:00") },
    "14:00:10",
    { slots: ["14:00 schedule"], gaps: ["rescheduled 12:00-12:00 (1)"], next: null },
  ],
});

planTable({
  "interval slots are counted from the anchor": [
    { interval_minutes: 45, anchor_at: at("00:20"), next_run_at: at("10:05") },
    "10:05:01",
    { slots: ["10:05 schedule"], gaps: [], next: "10:50" },
  ],
  "late interval slots are missed like others": [
    { interval_minutes: 45, anchor_at: at("00:20"), next_run_at: at("08:35") },
    "10:06",
    { slots: ["10:05 catch_up"], gaps: ["missed 08:35-09:20 (2)"], next: "10:50" },
  ],
  "an anchor with seconds keeps them": [
    { interval_minutes: 60, anchor_at: at("00:00:17.250"), next_run_at: at("10:00:17.250") },
    "10:00:18",
    { slots: ["10:00:17.250 schedule"], gaps: [], next: "11:00:17.250" },
  ],
});

Deno.test("planRow(): after the scheduler was off one gap tells all slots, and nothing is caught up", () => {
  const row = scheduleRow({ next_run_at: at("06:00") });
  assertEquals(outline(planRow(row, at("10:00"), { offUntil: at("10:00") })), {
    slots: [],
    gaps: ["scheduler_off 06:00-10:00 (5)"],
    next: "11:00",
  });
});

Deno.test("planRow(): after the scheduler was off an instant set by hand still runs", () => {
  const row = scheduleRow({ next_run_at: at("09:10"), planned_at: at("10:00") });
  assertEquals(outline(planRow(row, at("10:00:30"), { offUntil: at("10:00:30") })), {
    slots: ["09:10 catch_up"],
    gaps: ["scheduler_off 10:00-10:00 (1)"],
    next: "11:00",
  });
});

Deno.test("planRow(): a slot that the clocks jumped over says so", () => {
  const slot = new Date("2026-03-29T01:00:00Z");
  const row = scheduleRow({
    cron: "30 2 * * *",
    time_zone: "Europe/Budapest",
    next_run_at: slot,
  });
  const plan = planRow(row, new Date(slot.getTime() + 1_000));
  assertEquals(
    plan.slots[0].note,
    "02:30 did not exist on 2026-03-29 in Europe/Budapest; ran at 03:00",
  );
});

Deno.test("planRow(): jitter makes the run available later and leaves the slot where it is", () => {
  const row = scheduleRow({ id: "spread", jitter_seconds: 300 });
  const [{ slot, availableAt }] = planRow(row, at("10:00:01")).slots;
  assertEquals(slot, at("10:00"));
  assertGreaterOrEqual(availableAt, slot);
  assertLess(availableAt, at("10:05:00.001"));
  assertEquals(planRow(row, at("10:00:20")).slots[0].availableAt, availableAt);
});

Deno.test("planRow(): without jitter a run is available at its slot", () => {
  assertEquals(planRow(scheduleRow(), at("10:00:01")).slots[0].availableAt, at("10:00"));
});

Deno.test("planRow() throws ScheduleError for cron text that was broken by hand", () => {
  const row = scheduleRow({ cron: "every tuesday" });
  assertThrows(() => planRow(row, at("10:00:01")), ScheduleError);
});

Deno.test("planRow() throws for an instant that is none, as -infinity arrives", () => {
  const row = scheduleRow({ next_run_at: new Date(NaN), planned_at: at("11:00") });
  assertThrows(() => planRow(row, at("10:00:01")), RangeError, "next_run_at");
});

Deno.test("openGaps() of a row that runs is empty", () => {
  assertEquals(openGaps(scheduleRow(), at("10:30")), []);
});

Deno.test("openGaps() tells the slots of a pause that has no end, and who paused", () => {
  const row = scheduleRow({
    next_run_at: at("08:00"),
    paused_at: at("07:30"),
    paused_by: "operator",
    pause_reason: "vendor is down",
  });
  assertEquals(openGaps(row, at("10:30")), [{
    reason: "paused",
    firstSlot: at("08:00"),
    lastSlot: at("10:00"),
    slots: 3,
    detail: "by operator: vendor is down",
  }]);
});

Deno.test("openGaps() tells the slots of a row that is disabled", () => {
  const row = scheduleRow({ enabled: false, disabled_at: at("08:30"), next_run_at: at("09:00") });
  assertEquals(openGaps(row, at("10:30")).map(({ reason, slots }) => [reason, slots]), [
    ["disabled", 2],
  ]);
});

const day = Date.UTC(2026, 0, 5);
const instants = (days: number) =>
  fc.integer({ min: 0, max: days * 86_400 }).map((seconds) => new Date(day + seconds * 1_000));

/** A row as the engine, its API and people by hand may leave it, with a time at which it is due. */
const dueRows = fc.record({
  schedule: fc.oneof(
    fc.constantFrom(
      { cron: "* * * * *" },
      { cron: "*/7 * * * *" },
      { cron: "0 * * * *" },
      { cron: "30 2,14 * * *" },
    ),
    fc.constantFrom({ interval_minutes: 1 }, { interval_minutes: 45 }, { interval_minutes: 1440 }),
    instants(2).map((run_at) => ({ run_at })),
  ),
  time_zone: fc.constantFrom("UTC", "Europe/Budapest", "Asia/Kathmandu"),
  anchor_at: instants(1).map((instant) => new Date(instant.getTime() - 86_400_000)),
  policy: fc.constantFrom(
    { coalesce: "latest" as const, overlap: "skip" as const },
    { coalesce: "skip" as const, overlap: "skip" as const },
    { coalesce: "all" as const, overlap: "queue" as const },
  ),
  grace_seconds: fc.constantFrom(null, 0, 60, 3_600, 86_400),
  plannedAfter: instants(1),
  byHand: fc.option(fc.oneof(instants(2), fc.constant(null)), { nil: undefined, freq: 4 }),
  pause: fc.option(fc.tuple(instants(2), instants(2))),
  disabled: fc.option(fc.tuple(instants(2), instants(2))),
  now: instants(2),
}).map(({ schedule, policy, plannedAfter, byHand, pause, disabled, now, ...columns }) => {
  const stretch = (ends: [Date, Date] | null) =>
    ends === null ? [null, null] : ends.toSorted((a, b) => a.getTime() - b.getTime());
  const [paused_at, paused_until] = stretch(pause);
  const [disabled_at, enabled_at] = stretch(disabled);
  const unplanned = scheduleRow({ ...schedule, ...policy, ...columns });
  const planned_at = scheduleOf(unplanned).nextAfter(plannedAfter, columns.anchor_at);
  const row: ScheduleRow = {
    ...unplanned,
    planned_at,
    next_run_at: byHand === undefined ? planned_at : byHand,
    paused_at,
    paused_until,
    disabled_at,
    enabled_at,
  };
  return { row, now };
}).filter(({ row, now }) =>
  (row.next_run_at === null || row.next_run_at <= now) &&
  (row.paused_until === null || row.paused_until <= now) &&
  (row.enabled_at === null || row.enabled_at <= now)
);

/** Fails unless each regular slot in [from, to] lies in exactly one slot or gap of the plan. */
function assertCoversOnce(row: ScheduleRow, plan: RowPlan, from: Date, to: Date): void {
  const runs = new Set(plan.slots.map(({ slot }) => slot.getTime()));
  const gaps = plan.gaps.map(({ firstSlot, lastSlot }) => [+firstSlot, +lastSlot]);
  for (const slot of scheduleOf(row).slotsBetween(from, to, Infinity, row.anchor_at).slots) {
    const inGaps = gaps.filter(([first, last]) => first <= +slot && +slot <= last).length;
    const times = inGaps + (runs.has(+slot) ? 1 : 0);
    if (times !== 1) fail(`${slot.toISOString()} is covered ${times} times`);
  }
}

/** The last instant that a plan accounts for: now, or short of where the next pass goes on. */
function accountedTo(plan: RowPlan, now: Date): Date {
  return plan.next !== null && plan.next <= now ? new Date(plan.next.getTime() - 1) : now;
}

Deno.test("planRow(): a row set to run at once at the instant of its slot has that slot once", () => {
  const row = scheduleRow({ next_run_at: null, planned_at: START });

  const plan = planRow(row, START, { offUntil: START });

  assertEquals(plan.slots.map(({ slot }) => slot), [START]);
  assertEquals(plan.gaps, []);
});

Deno.test("planRow(): every regular slot up to now lies in exactly one slot or gap", () => {
  fc.assert(
    fc.property(dueRows, fc.option(fc.integer({ min: 0, max: 86_400 })), ({ row, now }, onFor) => {
      const offUntil = onFor === null ? null : new Date(now.getTime() - onFor * 1_000);
      const plan = planRow(row, now, { offUntil });
      if (row.planned_at === null) return;
      assertCoversOnce(row, plan, row.planned_at, accountedTo(plan, now));
    }),
    { numRuns: 1_500 },
  );
});

Deno.test("planRow(): the counts of slots in gaps are exact, and null only beyond 1,000", () => {
  fc.assert(
    fc.property(dueRows, ({ row, now }) => {
      for (const { firstSlot, lastSlot, slots } of planRow(row, now).gaps) {
        const inside = scheduleOf(row).slotsBetween(firstSlot, lastSlot, Infinity, row.anchor_at);
        assertEquals(slots, inside.slots.length > MAX_COUNTED ? null : inside.slots.length);
        assertEquals(inside.slots[0], firstSlot);
        assertEquals(inside.slots.at(-1), lastSlot);
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("planRow(): two plans that follow each other never overlap, and leave nothing between", () => {
  fc.assert(
    fc.property(
      dueRows,
      fc.integer({ min: 0, max: 3 * 86_400 }),
      ({ row, now }, seconds) => {
        const first = planRow(row, now);
        if (first.next === null) return;
        const later = new Date(Math.max(now.getTime(), first.next.getTime()) + seconds * 1_000);
        const cutShort = first.next <= now;
        const second = planRow({
          ...row,
          next_run_at: first.next,
          planned_at: first.next,
          ...(!cutShort && { paused_at: null, paused_until: null }),
          ...(!cutShort && { disabled_at: null, enabled_at: null }),
        }, later);
        const ends = [
          ...first.slots.map(({ slot }) => slot),
          ...first.gaps.map(({ lastSlot }) => lastSlot),
        ];
        for (const end of ends) assertLess(end, first.next);
        assertCoversOnce(row, second, first.next, accountedTo(second, later));
        for (const { firstSlot } of second.gaps) assertGreaterOrEqual(firstSlot, first.next);
        for (const { slot } of second.slots) assertGreaterOrEqual(slot, first.next);
      },
    ),
    { numRuns: 1_000 },
  );
});
