import type { Sql } from "../../../lib/db/sql.ts";
import type { SampleLoader } from "../../sample_loader.ts";
import { generateLearningSample, type SampleOptions, type SampleUser } from "./learning_sample.ts";
import { loadDeck } from "./misspellings.ts";
import { insertSampleUsers } from "./sample_store.ts";

/** The seed of every sample whose caller names no other. */
export const SAMPLE_SEED = 1;

/** How far loading has come. */
export interface SampleProgress {
  /** Users gone through, known ones included, of `usersTotal`. */
  usersDone: number;
  usersTotal: number;
  /** Users and logs added. */
  usersAdded: number;
  logsAdded: number;
}

/** What to load; weeks end with the UTC day before `until`. */
export interface SampleRequest extends Pick<SampleOptions, "users" | "weeks" | "until"> {
  seed?: number;
  /** Told after each batch. */
  onProgress?: (progress: SampleProgress) => void;
}

/**
 * Fills in a generated history of users, sessions and errors, in batches of a few thousand logs.
 *
 * Each batch is one transaction and known users are left alone, so that loading again, or going on
 * after a broken load, adds what is missing and nothing twice. Returns the last progress.
 */
export async function loadLearningSample(
  sql: Sql,
  { users, weeks, until, seed = SAMPLE_SEED, onProgress = () => {} }: SampleRequest,
): Promise<SampleProgress> {
  const sample = generateLearningSample({ users, weeks, seed, until, deck: await loadDeck() });
  const progress = { usersDone: 0, usersTotal: users, usersAdded: 0, logsAdded: 0 };

  const batches = toBatches(sample);

  async function insertBatches(): Promise<void> {
    for (const batch of batches) {
      const added = await sql.begin((tx) => insertSampleUsers(tx, batch));
      progress.usersDone += batch.length;
      progress.usersAdded += added.users;
      progress.logsAdded += added.logs;
      onProgress({ ...progress });
    }
  }

  // Two take turns at the batches: a server has more than one core. If one fails, both end.
  await Promise.all([insertBatches(), insertBatches()]);
  return progress;
}

/** Bounds what one statement carries, and how long the embedded database keeps the thread. */
const LOGS_PER_BATCH = 4_000;

function* toBatches(sample: Iterable<SampleUser>): Generator<SampleUser[]> {
  let batch: SampleUser[] = [];
  let logs = 0;
  for (const user of sample) {
    batch.push(user);
    logs += user.errors.length;
    if (logs < LOGS_PER_BATCH) continue;
    yield batch;
    batch = [];
    logs = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The part of `deno task sample`. */
export const sample: SampleLoader = async (sql, { users, weeks, until, onProgress }) => {
  const { usersAdded, logsAdded } = await loadLearningSample(sql, {
    users,
    weeks,
    until,
    onProgress: ({ usersDone, usersTotal }) =>
      onProgress({ what: "learning users", done: usersDone, total: usersTotal }),
  });
  return { users_added: usersAdded, error_logs_added: logsAdded };
};
