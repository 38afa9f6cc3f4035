/** What a new revision of the code changes in the row of its job, and what it leaves to the person who set it. */
import type { Json } from "./db/sql.ts";
import { describeContradictions, POLICY_COLUMNS } from "./policy_columns.ts";
import { moveTo } from "./reschedule.ts";
import { hasEnded, pickSchedule, type ScheduleRow } from "./schedule_row.ts";
import type { CodeColumns, RowChange } from "./schedule_store.ts";

/** The columns that belong together: a person who changed one of them has set the schedule. */
const SCHEDULE_COLUMNS = ["cron", "interval_minutes", "run_at", "time_zone"] as const;

type Declared = Partial<Record<string, Json>>;

export interface SyncPlan {
  /** Null when the row has all that it can take. */
  change: RowChange | null;
  /** Why the code's policies are not taken, or what contradicts itself in the row; empty where nothing does. */
  contradictions: string[];
}

/**
 * What the code's values change in a row: a field that a person changed since the last sync stays.
 *
 * Policies that would contradict what stays are not taken, and count as not yet seen: each further sync
 * tries them again. A regular slot that came due under the old schedule becomes a gap; an instant set by hand
 * stays set.
 */
export function planSync(
  row: ScheduleRow,
  wanted: CodeColumns,
  now: Date,
  schedulerEnabled: boolean,
): SyncPlan {
  const declared = (row.declared ?? {}) as Declared;
  const seen = declaredOf(wanted);
  if (sameDeclared(declared, seen)) {
    return { change: null, contradictions: describeContradictions(row) };
  }
  const current = declaredOf(row);
  const untouched = (column: string) => sameJson(current[column], declared[column]);
  const columns: NonNullable<RowChange["columns"]> = {};
  for (const column of POLICY_COLUMNS) {
    if (untouched(column)) Object.assign(columns, { [column]: wanted[column] });
  }
  const contradictions = describeContradictions({ ...row, ...columns });
  if (contradictions.length > 0) {
    for (const column of POLICY_COLUMNS) {
      delete columns[column];
      seen[column] = declared[column] ?? null;
    }
    if (sameDeclared(declared, seen)) return { change: null, contradictions };
  }
  const change: RowChange = { columns, declared: seen };
  const scheduleChanges = SCHEDULE_COLUMNS.every(untouched) &&
    SCHEDULE_COLUMNS.some((column) => !sameJson(current[column], seen[column]));
  if (!scheduleChanges) return { change, contradictions };
  // A one-off that fired was switched off by that alone.
  if (hasEnded(row)) columns.enabled = true;
  const reason = schedulerEnabled ? "rescheduled" : "scheduler_off";
  return {
    change: { ...change, schedule: pickSchedule(wanted), ...moveTo(row, wanted, now, reason) },
    contradictions,
  };
}

/** The code's values as a row notes them. */
export function declaredOf(columns: CodeColumns): Record<string, Json> {
  const picked = [...SCHEDULE_COLUMNS, ...POLICY_COLUMNS].map((column) => {
    const value = columns[column];
    return [column, value instanceof Date ? value.toISOString() : value];
  });
  return Object.fromEntries(picked);
}

function sameDeclared(a: Declared, b: Declared): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(values: Declared): [string, Json | undefined][] {
  return Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1);
}

function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
