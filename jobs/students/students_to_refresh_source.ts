import type { Sql } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import {
  countStudentsToRefresh,
  readStudentsToRefresh,
  readToRefreshAmong,
} from "./recommendations_store.ts";

/** The students whose recommendations are to be refreshed as of an instant, by id; or one of them alone. */
export function studentsToRefresh(
  sql: Sql,
  asOf: Date,
  userId: string | null,
): ItemSource<string> {
  return {
    read: (after, limit) => readStudentsToRefresh(sql, asOf, userId, after as string | null, limit),
    cursor: (student) => student,
    key: (student) => student,
    only: (students) => readToRefreshAmong(sql, asOf, students),
    count: () => countStudentsToRefresh(sql, asOf, userId),
  };
}
