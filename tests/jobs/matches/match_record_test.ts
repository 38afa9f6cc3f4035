import { assert, assertEquals } from "@std/assert";
import { matchSchema } from "../../../jobs/matches/match_record.ts";
import { aMatch } from "../../support/matches_factories.ts";

/** As the system of seed 003 writes it, with all that is not needed here. */
const PROCESSED = {
  match_id: "NA1_4567890123",
  patch: "15.20",
  elo_rank: "GOLD",
  blue_picks: [266, 64, 103, 145, 412],
  red_picks: [24, 141, 777, 222, 111],
  blue_bans: [1, 2, 3, -1, -1],
  red_bans: [4, 5, 6, 7, 8],
  blue_win: true,
  champion_stats: [{ id: 266, role: "TOP", kda: 2.5, cs: 7.1, dmg_share: 0.2, gold_share: 0.2 }],
  blue_objectives: { dragons: 3, heralds: 1, barons: 1, towers: 8 },
  derived_features: { ap_ad_ratio: 0.6 },
};

Deno.test("a processed match is read, and what is not needed left out", () => {
  assertEquals(matchSchema().parse(PROCESSED), {
    match_id: "NA1_4567890123",
    patch: "15.20",
    elo_rank: "GOLD",
    queue_id: null,
    played_at: null,
    blue_picks: [266, 64, 103, 145, 412],
    red_picks: [24, 141, 777, 222, 111],
    blue_win: true,
  });
});

Deno.test("an instant is taken with any offset", () => {
  const { played_at } = matchSchema().parse(aMatch({ played_at: "2026-07-19T22:15:00+02:00" }));
  assertEquals(played_at, "2026-07-19T20:15:00.000Z");
});

for (
  const { wrong, fields } of [
    { wrong: "four picks", fields: { blue_picks: [1, 2, 3, 4] } },
    { wrong: "a champion twice", fields: { red_picks: [6, 6, 7, 8, 9] } },
    { wrong: "no champion", fields: { red_picks: [-1, 6, 7, 8, 9] } },
    { wrong: "a name for an id", fields: { red_picks: ["Ahri", 6, 7, 8, 9] } },
    { wrong: "no winner", fields: { blue_win: null } },
    { wrong: "no id", fields: { match_id: "" } },
    { wrong: "an id that cannot be stored", fields: { match_id: "EUW1_\0" } },
    { wrong: "no patch", fields: { patch: undefined } },
    { wrong: "a day without a time", fields: { played_at: "2026-07-19" } },
    { wrong: "a year that no match had", fields: { played_at: "0000-01-01T00:00:00Z" } },
  ]
) {
  Deno.test(`a match with ${wrong} is refused`, () => {
    const { success, error } = matchSchema().safeParse({ ...aMatch(), ...fields });
    assert(!success);
    assertEquals(error.issues[0].path[0], Object.keys(fields)[0]);
  });
}
