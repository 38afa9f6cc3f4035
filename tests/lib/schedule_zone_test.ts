import { assert, assertEquals, assertThrows } from "@std/assert";
import { ScheduleError } from "../../lib/schedule.ts";
import { findTimeZone, isTimeZone, TimeZone } from "../../lib/schedule/time_zone.ts";
import { measureZoneYear } from "../../lib/schedule/zone_year.ts";
import { databaseTest } from "../support/database.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

Deno.test("every zone that Intl knows has Intl's offset on each day of three years", () => {
  for (const name of Intl.supportedValuesOf("timeZone")) {
    const zone = new TimeZone(name);
    const format = new Intl.DateTimeFormat("sv-SE", {
      timeZone: name,
      dateStyle: "short",
      timeStyle: "medium",
    });
    for (let at = Date.UTC(2025, 0, 1); at < Date.UTC(2028, 0, 1); at += DAY_MS) {
      const shown = Date.parse(format.format(at).replace(" ", "T") + "Z");
      if (zone.offsetAt(at) !== shown - at) {
        assertEquals(zone.offsetAt(at), shown - at, `${name} at ${new Date(at).toISOString()}`);
      }
    }
  }
});

Deno.test("a zone's changes are found to the second, in order, from either side", () => {
  const zone = new TimeZone("Europe/Budapest");
  const spring = { at: Date.UTC(2026, 2, 29, 1), before: HOUR_MS, after: 2 * HOUR_MS };
  const autumn = { at: Date.UTC(2026, 9, 25, 1), before: 2 * HOUR_MS, after: HOUR_MS };
  const end = Date.UTC(2027, 0, 1);
  assertEquals(zone.firstChange(Date.UTC(2026, 0, 1), end), spring);
  assertEquals(zone.firstChange(spring.at - 1, spring.at), spring);
  assertEquals(zone.firstChange(spring.at, end), autumn);
  assertEquals(zone.lastChange(Date.UTC(2026, 0, 1), end), autumn);
  assertEquals(zone.lastChange(Date.UTC(2026, 0, 1), autumn.at - 1), spring);
  assertEquals(zone.lastChange(spring.at, autumn.at - 1), null);
  assertEquals(zone.offsetAt(spring.at - 1), HOUR_MS);
  assertEquals(zone.offsetAt(spring.at), 2 * HOUR_MS);
});

Deno.test("a wall time is shown once, twice or, where the clock jumps over it, never", () => {
  const zone = new TimeZone("Europe/Budapest");
  const at = Date.UTC(2026, 2, 29, 1);
  assertEquals(zone.instantsOf(Date.UTC(2026, 0, 1)), {
    kind: "single",
    first: Date.UTC(2025, 11, 31, 23),
  });
  assertEquals(zone.instantsOf(Date.UTC(2026, 2, 29, 2, 30)), {
    kind: "gap",
    change: { at, before: HOUR_MS, after: 2 * HOUR_MS },
  });
  assertEquals(zone.instantsOf(Date.UTC(2026, 2, 29, 3)), { kind: "single", first: at });
  assertEquals(zone.instantsOf(Date.UTC(2026, 9, 25, 2)), {
    kind: "doubled",
    first: Date.UTC(2026, 9, 25, 0),
    second: Date.UTC(2026, 9, 25, 1),
  });
  assertEquals(zone.instantsOf(Date.UTC(2026, 9, 25, 3)), {
    kind: "single",
    first: Date.UTC(2026, 9, 25, 2),
  });
});

Deno.test("a change on the stroke of New Year is one of the year's changes", () => {
  const newYear = Date.UTC(2030, 0, 1);
  const shows = (instant: number) => instant < newYear ? instant : instant + HOUR_MS;
  const format = {
    format: (instant: number) => {
      const [year, month, ...rest] = new Date(shows(instant)).toISOString().match(/\d+/g)!;
      return [month, rest[0], year, ...rest.slice(1)].join(" ");
    },
  } as Intl.DateTimeFormat;
  assertEquals(measureZoneYear(format, 2030), {
    offset: 0,
    changes: [{ at: newYear, before: 0, after: HOUR_MS }],
  });
  assertEquals(measureZoneYear(format, 2029), { offset: 0, changes: [] });
});

Deno.test("a zone is looked up by its name in any case, and only by a name", () => {
  assertEquals(findTimeZone("europe/budapest") === findTimeZone("Europe/Budapest"), true);
  for (const name of ["UTC", "Etc/UTC", "utc", "GMT"]) {
    assertEquals(findTimeZone(name).isUtc, true, name);
  }
  assertEquals(findTimeZone("Europe/London").isUtc, false);
  for (const name of ["+01:00", "", "Nowhere", "IST", "cet"]) {
    assertThrows(() => findTimeZone(name), ScheduleError, "a time zone is a name", name);
  }
});

/** Short names that Intl takes although the zone database has no such zones. */
const LEGACY =
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST"
    .split(" ");

databaseTest(
  "a short name is a zone only where Postgres shows Intl's time there",
  async ({ sql }) => {
    const known = await sql<{ name: string }[]>`
    select name from pg_timezone_names where name not like '%/%'
    union select abbrev from pg_timezone_abbrevs`;
    const names = [...new Set([...known.map(({ name }) => name), ...LEGACY])].filter(isTimeZone);
    for (const name of ["UTC", "GMT", "Japan", "GB", "EST5EDT"]) assert(names.includes(name), name);
    const shown = await sql<{ name: string; at: Date; wall: Date }[]>`
    select name, at, at at time zone name at time zone 'UTC' as wall
    from unnest(${names}::text[]) as name,
      unnest('{2026-01-15T12:00Z,2026-07-15T12:00Z}'::timestamptz[]) as at`;
    for (const { name, at, wall } of shown) {
      assertEquals(findTimeZone(name).offsetAt(at.getTime()), wall.getTime() - at.getTime(), name);
    }
  },
);

Deno.test("an abbreviation is no zone, and the refusal says what to write", () => {
  const refused = [...LEGACY, "CET", "EET", "MET", "WET", "ist"];
  assertEquals(refused.filter(isTimeZone), []);
  assertThrows(() => findTimeZone("IST"), ScheduleError, "such as Asia/Kolkata");
});
