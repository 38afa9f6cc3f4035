import type { Sql } from "../../../lib/db/sql.ts";
import type { SampleLoader } from "../../sample_loader.ts";
import { type MatchRecord, MAX_MATCHES_PER_BATCH } from "../match_record.ts";
import { importMatches } from "../matches_store.ts";
import { NAMED_CHAMPIONS } from "./champions.ts";
import { generateMatches } from "./matches_sample.ts";
import { exampleModelCards } from "./model_cards.ts";
import { insertChampionNames, insertExampleCards, readKnownMatches } from "./sample_store.ts";

/** The seed of every sample whose caller names no other. */
const SAMPLE_SEED = 1;

/** 8 weeks of them are some 3,400. */
const MATCHES_PER_DAY = 60;

/** What to load: whole weeks that end with the UTC day before `until`. */
export interface MatchesSampleRequest {
  weeks: number;
  until: Date;
  matchesPerDay?: number;
  /** Told after each batch, in matches. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Fills in generated matches and, where no cards were configured, the example model cards.
 *
 * What is there already stays as it is: loading again adds what is missing and nothing twice.
 */
export async function loadMatchesSample(
  sql: Sql,
  request: MatchesSampleRequest,
): Promise<{ matchesAdded: number; cardsAdded: number }> {
  const { weeks, until, matchesPerDay = MATCHES_PER_DAY, onProgress = () => {} } = request;
  const days = weeks * 7;
  const matches = generateMatches({ seed: SAMPLE_SEED, days, until, matchesPerDay });
  let done = 0;
  let matchesAdded = 0;
  for (const batch of toBatches(matches)) {
    const known = await readKnownMatches(sql, batch.map(({ match_id }) => match_id));
    const { added } = await importMatches(
      sql,
      batch.filter(({ match_id }) => !known.has(match_id)),
    );
    done += batch.length;
    matchesAdded += added;
    onProgress(done, days * matchesPerDay);
  }
  const cardsAdded = await sql.begin(async (tx) => {
    await insertChampionNames(tx, NAMED_CHAMPIONS);
    return await insertExampleCards(tx, exampleModelCards(until));
  });
  return { matchesAdded, cardsAdded };
}

function* toBatches(matches: Iterable<MatchRecord>): Generator<MatchRecord[]> {
  let batch: MatchRecord[] = [];
  for (const match of matches) {
    batch.push(match);
    if (batch.length < MAX_MATCHES_PER_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The part of `deno task sample`. */
export const sample: SampleLoader = async (sql, { weeks, until, onProgress }) => {
  const { matchesAdded, cardsAdded } = await loadMatchesSample(sql, {
    weeks,
    until,
    onProgress: (done, total) => onProgress({ what: "matches", done, total }),
  });
  return { matches_added: matchesAdded, model_cards_added: cardsAdded };
};
