import { createRandom, type Random } from "../../learning/sample/random.ts";
import type { MatchRecord } from "../match_record.ts";
import { CHAMPIONS, ROLES } from "./champions.ts";

const DAY_MS = 86_400_000;

/** Ids of a day begin here; a day has room for 100,000. */
const FIRST_ID = 7_000_000_000;
const IDS_PER_DAY = 100_000;

/** Share of matches by tier, as ranked ladders tend to look. */
const TIERS = [
  ["IRON", 0.1],
  ["BRONZE", 0.19],
  ["SILVER", 0.22],
  ["GOLD", 0.2],
  ["PLATINUM", 0.15],
  ["DIAMOND", 0.1],
  ["MASTER", 0.03],
  ["CHALLENGER", 0.01],
] as const;

export interface MatchesSampleOptions {
  seed: number;
  /** UTC days, the last one the day before `until`. */
  days: number;
  until: Date;
  matchesPerDay: number;
}

/**
 * Makes up matches whose winners come of hidden strengths: of champions, of pairs on one side, of
 * pairs on opposite sides, and a little of the blue side.
 *
 * A day's matches depend on the seed and the day alone, so that a later sample goes on where an
 * earlier one ended.
 */
export function* generateMatches(options: MatchesSampleOptions): Generator<MatchRecord> {
  const { seed, days, until, matchesPerDay } = options;
  const strengths = createStrengths(seed);
  const today = Math.floor(until.getTime() / DAY_MS);
  for (let day = today - days; day < today; day++) {
    const random = createRandom(seed, day);
    for (let place = 0; place < matchesPerDay; place++) {
      yield generateMatch(day, place, strengths, random);
    }
  }
}

function generateMatch(
  day: number,
  place: number,
  strengths: Strengths,
  random: Random,
): MatchRecord {
  const [blue, red] = draft(random);
  const blueWins = 1 / (1 + Math.exp(-advantage(blue, red, strengths)));
  const playedAt = new Date(day * DAY_MS + random.between(0, DAY_MS - 1));
  return {
    match_id: `EUW1_${FIRST_ID + (day % 30_000) * IDS_PER_DAY + place}`,
    patch: patchOf(playedAt),
    elo_rank: pickTier(random),
    queue_id: random.chance(0.85) ? 420 : 440,
    played_at: playedAt.toISOString(),
    blue_picks: blue,
    red_picks: red,
    blue_win: random.chance(blueWins),
  };
}

/** Riot's patches come every other week, some 24 a year; those of 2025 begin with 15. */
export function patchOf(at: Date): string {
  const year = at.getUTCFullYear();
  const dayOfYear = (at.getTime() - Date.UTC(year, 0)) / DAY_MS;
  return `${year - 2010}.${Math.min(24, 1 + Math.floor(dayOfYear / 14.6))}`;
}

/** Ten different champions, one for each role and side; popular ones come up more often. */
function draft(random: Random): [blue: number[], red: number[]] {
  const picked = new Set<number>();
  for (const role of ROLES) {
    for (const _side of ["blue", "red"]) {
      const pool = CHAMPIONS[role];
      let champion;
      do champion = pool[Math.floor(pool.length * random.next() ** 1.7)]; while (
        picked.has(champion)
      );
      picked.add(champion);
    }
  }
  const picks = [...picked];
  return [picks.filter((_, i) => i % 2 === 0), picks.filter((_, i) => i % 2 === 1)];
}

/** Log-odds that are hidden behind the winners. */
interface Strengths {
  of(champion: number): number;
  together(one: number, other: number): number;
  against(one: number, other: number): number;
}

function createStrengths(seed: number): Strengths {
  const known = new Map<number, number>();
  const drawn = (stream: number, spread: number) => {
    let strength = known.get(stream);
    if (strength === undefined) {
      strength = spread * (2 * createRandom(seed, stream).next() - 1);
      known.set(stream, strength);
    }
    return strength;
  };
  const pair = (one: number, other: number) => Math.min(one, other) * 1_000 + Math.max(one, other);
  return {
    of: (champion) => drawn(champion, 0.12),
    together: (one, other) => drawn(1_000_000 + pair(one, other), 0.08),
    against: (one, other) => {
      const strength = drawn(2_000_000 + pair(one, other), 0.15);
      return one < other ? strength : -strength;
    },
  };
}

const BLUE_SIDE = 0.03;

function advantage(blue: number[], red: number[], strengths: Strengths): number {
  let sum = BLUE_SIDE;
  for (let i = 0; i < 5; i++) {
    sum += strengths.of(blue[i]) - strengths.of(red[i]);
    for (let j = 0; j < 5; j++) {
      sum += strengths.against(blue[i], red[j]);
      if (j <= i) continue;
      sum += strengths.together(blue[i], blue[j]) - strengths.together(red[i], red[j]);
    }
  }
  return sum;
}

function pickTier(random: Random): string {
  let aim = random.next();
  for (const [tier, share] of TIERS) {
    if (aim < share) return tier;
    aim -= share;
  }
  return "GOLD";
}
