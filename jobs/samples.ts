/** The sample history of every domain: what a newcomer's first start shows, and `deno task sample` fills in. */
import type { Clock } from "../lib/clock.ts";
import type { Json, Sql } from "../lib/db/sql.ts";
import { refreshStatistics } from "../lib/db/statistics.ts";
import { recordFirstFill } from "../lib/first_fill_store.ts";
import type { Log } from "../lib/log.ts";
import { readNow } from "../lib/schedule_store.ts";

export interface SampleOptions {
  users?: number;
  weeks?: number;
}

const DEFAULT_USERS = 150;
const DEFAULT_WEEKS = 8;

/** Each profile is a question to a model, which may cost money: one user in ten has one. */
const USERS_PER_PROFILE = 10;

/** How far loading is, in rows of the thing that is being loaded. */
export type SampleProgress = { what: string; done: number; total: number };

/**
 * Loads the sample up to the database's today; what is there already stays, and nothing is added twice.
 *
 * The generators and their word lists are imported here, lazily: a program that never loads a sample has
 * none of them in memory.
 */
export async function loadSample(
  { sql, clock }: { sql: Sql; clock: Clock },
  { users = DEFAULT_USERS, weeks = DEFAULT_WEEKS }: SampleOptions,
  onProgress: (progress: SampleProgress) => void,
): Promise<Json> {
  const { loadLearningSample } = await import("./learning/sample/load_learning_sample.ts");
  const now = await readNow(sql, clock);
  const { usersAdded, logsAdded } = await loadLearningSample(sql, {
    users,
    weeks,
    until: now,
    onProgress: ({ usersDone, usersTotal }) =>
      onProgress({ what: "learning users", done: usersDone, total: usersTotal }),
  });
  const { loadStudentsSample } = await import("./students/sample/load_students_sample.ts");
  const { studentsAdded, sittingsAdded } = await loadStudentsSample(sql, {
    students: users,
    weeks,
    until: now,
    onProgress: (done, total) => onProgress({ what: "students", done, total }),
  });
  const { loadMatchesSample } = await import("./matches/sample/load_matches_sample.ts");
  const { matchesAdded, cardsAdded } = await loadMatchesSample(sql, {
    weeks,
    until: now,
    onProgress: (done, total) => onProgress({ what: "matches", done, total }),
  });
  const { loadProfilesSample } = await import("./profiles/sample/load_profiles_sample.ts");
  const { profilesAdded, attributesAdded, memoriesAdded } = await loadProfilesSample(sql, {
    users: Math.ceil(users / USERS_PER_PROFILE),
    weeks,
    until: now,
    onProgress: (done, total) => onProgress({ what: "profiles", done, total }),
  });
  await refreshStatistics(sql);
  await recordFirstFill(sql, clock);
  return {
    learning: { users_added: usersAdded, error_logs_added: logsAdded },
    students: { students_added: studentsAdded, lesson_progress_added: sittingsAdded },
    matches: { matches_added: matchesAdded, model_cards_added: cardsAdded },
    profiles: {
      profiles_added: profilesAdded,
      attributes_added: attributesAdded,
      memories_added: memoriesAdded,
    },
  };
}

/** Loads the sample into a database that was just created, telling the log. */
export async function fillWithSample(
  deps: { sql: Sql; clock: Clock; log: Log },
): Promise<void> {
  deps.log.info("Filling the new database with sample data (deno task reset empties it)");
  const loaded = await loadSample(deps, {}, () => {});
  deps.log.info("Sample data loaded", { ...loaded as object });
}
