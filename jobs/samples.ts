/** The sample history of every domain: what a newcomer's first start shows, and `deno task sample` fills in. */
import type { Clock } from "../lib/clock.ts";
import type { Sql } from "../lib/db/sql.ts";
import { refreshStatistics } from "../lib/db/statistics.ts";
import { recordFirstFill } from "../lib/first_fill_store.ts";
import type { Log } from "../lib/log.ts";
import { readNow } from "../lib/schedule_store.ts";
import type { Sample, SampleProgress } from "./sample_loader.ts";

/** What is loaded, in order. Where it is empty, a new database stays empty. */
export const samples: Sample[] = [
  { name: "learning", loader: () => import("./learning/sample/load_learning_sample.ts") },
  { name: "students", loader: () => import("./students/sample/load_students_sample.ts") },
  { name: "matches", loader: () => import("./matches/sample/load_matches_sample.ts") },
  { name: "profiles", loader: () => import("./profiles/sample/load_profiles_sample.ts") },
];

export interface SampleOptions {
  users?: number;
  weeks?: number;
}

const DEFAULT_USERS = 150;
const DEFAULT_WEEKS = 8;

/** Rows added, by domain and kind. */
export type SampleCounts = Record<string, Record<string, number>>;

/** Loads the sample up to the database's today; what is there already stays, and nothing is added twice. */
export async function loadSample(
  { sql, clock }: { sql: Sql; clock: Clock },
  { users = DEFAULT_USERS, weeks = DEFAULT_WEEKS }: SampleOptions,
  onProgress: (progress: SampleProgress) => void,
  wanted: readonly Sample[] = samples,
): Promise<SampleCounts> {
  const until = await readNow(sql, clock);
  const counts: SampleCounts = {};
  for (const { name, loader } of wanted) {
    const { sample } = await loader();
    counts[name] = await sample(sql, { users, weeks, until, onProgress });
  }
  await refreshStatistics(sql);
  await recordFirstFill(sql, clock);
  return counts;
}

/** Loads the sample into a database that was just created, telling the log; where there is none, in silence. */
export async function fillWithSample(
  deps: { sql: Sql; clock: Clock; log: Log },
  wanted: readonly Sample[] = samples,
): Promise<void> {
  if (wanted.length === 0) {
    // A sample that comes into the list later is no longer for this database.
    return await recordFirstFill(deps.sql, deps.clock);
  }
  deps.log.info("Filling the new database with sample data (deno task reset empties it)");
  tellLoaded(deps.log, await loadSample(deps, {}, () => {}, wanted));
}

/** Tells the log, in a line, what loading added. */
export function tellLoaded(log: Log, counts: SampleCounts): void {
  if (Object.keys(counts).length === 0) {
    return log.info("Nothing was added: jobs/samples.ts lists no sample");
  }
  const added = Object.values(counts).flatMap((rows) => Object.values(rows));
  if (added.some((rows) => rows > 0)) log.info("Sample data loaded", counts);
  else log.info("Nothing was added: all sample data is there already");
}
