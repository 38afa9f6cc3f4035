import { z } from "zod";

/** Matches that one statement, and one request, takes at most. */
export const MAX_MATCHES_PER_BATCH = 2_000;

/** One played match, as far as it matters here. */
export interface MatchRecord {
  /** Riot's id, such as `EUW1_7564390123`. */
  match_id: string;
  /** Major and minor version, such as `15.20`. */
  patch: string;
  /** Tier of the players, such as `GOLD`. */
  elo_rank: string | null;
  /** Riot's queue, such as 420 for ranked solo. */
  queue_id: number | null;
  /** ISO 8601. */
  played_at: string | null;
  /** Five champion ids of Riot's, in the order of the draft. */
  blue_picks: number[];
  red_picks: number[];
  blue_win: boolean;
}

/** The game came out in October 2009. */
const EARLIEST = new Date("2009-01-01T00:00:00Z");

/**
 * A match as `data/processed/*.json` has it.
 *
 * Source: what the system of seed 003 writes there as `matches_RANK.json`, an array of objects with
 * these names, derived from Riot's match-v5 (`championId`, `teams[].win`, `gameVersion`); its bans,
 * objectives and champion statistics are left out. `queue_id` and `played_at` may be added.
 */
export function matchSchema(): z.ZodType<MatchRecord> {
  return z.object({
    match_id: z.string().regex(/^[\w.-]{1,100}$/, "must be an id such as EUW1_7564390123"),
    patch: z.string().regex(/^[\w.]{1,20}$/, "must be a patch such as 15.20"),
    elo_rank: z.string().regex(/^\w{1,20}$/, "must be a tier such as GOLD").nullish()
      .transform((rank) => rank ?? null),
    queue_id: z.int().min(0).max(1_000_000).nullish().transform((queue) => queue ?? null),
    played_at: z.iso.datetime({ offset: true }).nullish()
      .transform((at) => at ? new Date(at) : null)
      .refine((at) => at === null || at >= EARLIEST, "is before the game existed")
      .transform((at) => at?.toISOString() ?? null),
    blue_picks: picksSchema(),
    red_picks: picksSchema(),
    blue_win: z.boolean(),
  });
}

function picksSchema() {
  return z.array(z.int().min(1).max(1_000_000)).length(5)
    .refine((picks) => new Set(picks).size === picks.length, "names a champion twice");
}
