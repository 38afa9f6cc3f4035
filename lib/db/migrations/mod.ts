import type { Migration } from "../migrate.ts";
import engine from "./0001_engine.sql" with { type: "text" };
import learning from "./0002_learning.sql" with { type: "text" };
import students from "./0003_students.sql" with { type: "text" };
import matches from "./0004_matches.sql" with { type: "text" };
import profiles from "./0005_profiles.sql" with { type: "text" };
import correctedWords from "./0006_corrected_words.sql" with { type: "text" };
import endedSessions from "./0007_ended_sessions.sql" with { type: "text" };
import champions from "./0008_champions.sql" with { type: "text" };
import orderedRunIds from "./0009_ordered_run_ids.sql" with { type: "text" };
import rowsSwitchedBySql from "./0010_rows_switched_by_sql.sql" with { type: "text" };
import dispatchedUntil from "./0011_dispatched_until.sql" with { type: "text" };
import failedItemsByWalk from "./0012_failed_items_by_walk.sql" with { type: "text" };
import guardsFollowTheirRow from "./0013_guards_follow_their_row.sql" with { type: "text" };

/**
 * Every migration, in the order of its number.
 *
 * A file that has run anywhere is never edited: what it got wrong, the next one puts right.
 */
export const migrations: readonly Migration[] = [
  { id: 1, name: "engine", sql: engine },
  { id: 2, name: "learning", sql: learning },
  { id: 3, name: "students", sql: students },
  { id: 4, name: "matches", sql: matches },
  { id: 5, name: "profiles", sql: profiles },
  { id: 6, name: "corrected_words", sql: correctedWords },
  { id: 7, name: "ended_sessions", sql: endedSessions },
  { id: 8, name: "champions", sql: champions },
  { id: 9, name: "ordered_run_ids", sql: orderedRunIds },
  { id: 10, name: "rows_switched_by_sql", sql: rowsSwitchedBySql },
  { id: 11, name: "dispatched_until", sql: dispatchedUntil },
  { id: 12, name: "failed_items_by_walk", sql: failedItemsByWalk },
  { id: 13, name: "guards_follow_their_row", sql: guardsFollowTheirRow },
];
