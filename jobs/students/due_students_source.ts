import type { Sql } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import {
  countDueStudents,
  type DueGroup,
  readDueAmong,
  readDueStudents,
  type SnapshotRule,
} from "./due_students_store.ts";

/** The students of a group whose last local day is due, by id; who got a snapshot meanwhile is left out. */
export function dueStudents(sql: Sql, rule: SnapshotRule, group: DueGroup): ItemSource<string> {
  return {
    read: (after, limit) => readDueStudents(sql, rule, group, after as string | null, limit),
    cursor: (student) => student,
    key: (student) => student,
    // A retry of failed items goes through each of a run's sources: one of them has to take them.
    only: (students) => group === "new" ? readDueAmong(sql, rule, students) : Promise.resolve([]),
    count: group === "new" ? () => countDueStudents(sql, rule) : undefined,
  };
}
