import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseSchedule, type Schedule } from "../../lib/schedule.ts";
import { toDenoCron } from "../../lib/schedule/deno_dialect.ts";
import { faketimeCommand, faketimeTest } from "../support/faketime.ts";

const SEED = 20260130;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Four days around the end of a month, from a Friday on. */
const START = Date.UTC(2026, 0, 30);
const END = Date.UTC(2026, 1, 3);

/** Registers the crons that it is given and prints when each one fires, until an hour after the end. */
const PROGRAM = `
  const { texts, end } = JSON.parse(Deno.args[0]);
  for (const [i, text] of texts.entries()) {
    Deno.cron(String(i), text, { backoffSchedule: [] }, () => console.log(i, Date.now()));
  }
  setInterval(() => { if (Date.now() > end + ${HOUR_MS}) Deno.exit(0); }, ${HOUR_MS / 4});
`;

const hour = fc.integer({ min: 0, max: 23 });
const monthDay = fc.constantFrom(1, 2, 3, 4, 15, 28, 29, 30, 31);
const weekDay = fc.constantFrom("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", 0, 1, 5, 6, 7);

function arbitraryPlace(value: fc.Arbitrary<string | number>): fc.Arbitrary<string> {
  const list = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => values.join(","));
  const range = fc.tuple(value, value).map((ends) => ends.join("-"));
  return fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, list, range);
}

/** One minute an hour, so that a firing can be late by half an hour and still be told from the next. */
const cronText = fc.tuple(
  fc.integer({ min: 0, max: 59 }).map(String),
  arbitraryPlace(hour),
  arbitraryPlace(monthDay),
  fc.constantFrom("*", "*", "JAN", "2", "12-2", "FEB,JAN"),
  arbitraryPlace(weekDay),
).map((places) => places.join(" ")).filter((cron) =>
  !/ (29|30|31)[-,0-9]* (2|FEB)( |$)/.test(cron)
);

interface Firing {
  slot: number;
  lateMs: number;
}

/** Runs the real Deno.cron with a clock that goes `speed` times as fast, and lists each cron's firings. */
async function fireUnderFaketime(schedules: Schedule[], speed: number): Promise<Firing[][]> {
  const texts = schedules.map((schedule) => toDenoCron(schedule)!.text);
  const [command, ...words] = faketimeCommand(new Date(START), speed);
  const process = new Deno.Command(command, {
    args: [
      ...words,
      ...[Deno.execPath(), "run", "--unstable-cron", "-", JSON.stringify({ texts, end: END })],
    ],
    env: { TZ: "UTC", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PROGRAM));
  await writer.close();
  const { stdout, stderr } = await process.output();
  assertEquals(new TextDecoder().decode(stderr), "");

  const firings: Firing[][] = schedules.map(() => []);
  for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
    const [i, firedAt] = line.split(" ").map(Number);
    const slot = schedules[i].latestAtOrBefore(new Date(firedAt), new Date(0))!.getTime();
    if (isCounted(slot)) firings[i].push({ slot, lateMs: firedAt - slot });
  }
  return firings;
}

/** The first hours pass while the program starts. */
function isCounted(slot: number): boolean {
  return slot >= START + 6 * HOUR_MS && slot <= END;
}

faketimeTest(
  "the real Deno.cron fires 100 generated schedules at their slots and at no other time",
  async () => {
    const schedules = fc.sample(cronText, { numRuns: 100, seed: SEED })
      .map((cron) => parseSchedule({ cron }, "UTC"));
    const expected = schedules.map((schedule) =>
      schedule.slotsBetween(new Date(START), new Date(END), 1_000).slots.map(Number).filter(
        isCounted,
      )
    );
    assertEquals(expected.flat().length > 1_000, true, `${expected.flat().length} slots`);

    // A machine that stalls makes fast clocks skip; only a run without long delays tells anything.
    let firings: Firing[][] = [];
    for (const speed of [20_000, 5_000, 2_000]) {
      firings = await fireUnderFaketime(schedules, speed);
      if (firings.flat().every(({ lateMs }) => lateMs < 30 * MINUTE_MS)) break;
    }
    for (const [i, schedule] of schedules.entries()) {
      assertEquals(firings[i].map(({ slot }) => slot), expected[i], schedule.cron!);
    }
  },
);
