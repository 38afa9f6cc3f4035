import { assert, assertEquals } from "@std/assert";
import { matchSchema } from "../../../../jobs/matches/match_record.ts";
import { CHAMPIONS } from "../../../../jobs/matches/sample/champions.ts";
import {
  generateMatches,
  type MatchesSampleOptions,
  patchOf,
} from "../../../../jobs/matches/sample/matches_sample.ts";
import { countPairs } from "../../../support/matches_factories.ts";

const UNTIL = new Date("2026-01-10T15:00:00Z");

function generate(options: Partial<MatchesSampleOptions> = {}) {
  return [...generateMatches({ seed: 1, days: 14, until: UNTIL, matchesPerDay: 60, ...options })];
}

Deno.test("every match of the sample could be imported, and has an id of its own", () => {
  const matches = generate();
  const schema = matchSchema();
  for (const match of matches) assertEquals(schema.parse(match), match);
  assertEquals(new Set(matches.map(({ match_id }) => match_id)).size, 14 * 60);
  for (const { blue_picks, red_picks } of matches) {
    assertEquals(new Set([...blue_picks, ...red_picks]).size, 10);
  }
});

Deno.test("a day's matches are the same in every sample of that seed", () => {
  const later = generate({ days: 3, until: new Date("2026-01-08T00:00:00Z") });
  const wanted = new Set(later.map(({ match_id }) => match_id));
  assertEquals(generate().filter(({ match_id }) => wanted.has(match_id)), later);
  assert(generate({ seed: 2 })[0].blue_picks.join() !== generate()[0].blue_picks.join());
});

Deno.test("the sample ends with the day before", () => {
  const days = generate().map(({ played_at }) => played_at!.slice(0, 10));
  assertEquals([days[0], days.at(-1)], ["2025-12-27", "2026-01-09"]);
});

Deno.test("some champions are popular, and both sides win about as often", () => {
  const matches = generate({ days: 28 });
  const blueWins = matches.filter(({ blue_win }) => blue_win).length / matches.length;
  assert(blueWins > 0.45 && blueWins < 0.57, String(blueWins));
  const games = new Map<number, number>();
  for (const { blue_picks, red_picks } of matches) {
    for (const pick of [...blue_picks, ...red_picks]) games.set(pick, (games.get(pick) ?? 0) + 1);
  }
  const counts = [...games.values()].sort((a, b) => b - a);
  assert(counts[0] > 5 * counts.at(-1)!, `${counts[0]} and ${counts.at(-1)}`);
  assertEquals(games.size, new Set(Object.values(CHAMPIONS).flat()).size);
});

Deno.test("some pairs win more than chance would have it", () => {
  const often = countPairs(generate({ days: 60, matchesPerDay: 400 }))
    .filter(({ games }) => games >= 200);
  const rates = often.map(({ wins, games }) => wins / games);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const spread = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
  const byChance = Math.sqrt(
    0.25 * often.reduce((sum, { games }) => sum + 1 / games, 0) / often.length,
  );
  assert(spread > 1.2 * byChance, `${spread} against ${byChance}`);
});

Deno.test("patches follow the calendar", () => {
  assertEquals(patchOf(new Date("2025-10-12T00:00:00Z")), "15.20");
  assertEquals(patchOf(new Date("2026-01-01T00:00:00Z")), "16.1");
  assertEquals(patchOf(new Date("2026-12-31T23:59:59Z")), "16.24");
});
