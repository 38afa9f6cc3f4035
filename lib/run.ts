import type { Json } from "./db/sql.ts";

export const RUN_STATUSES = [
  "pending",
  "running",
  "success",
  "failed",
  "skipped",
  "cancelled",
] as const;

export type RunStatus = typeof RUN_STATUSES[number];

export const RUN_TRIGGERS = ["schedule", "catch_up", "manual", "retry", "backfill"] as const;

/** Why there is a run: its slot came, its slot came late, or a person asked. */
export type RunTrigger = typeof RUN_TRIGGERS[number];

/** How far the work of a run is; `total` null when unknown. */
export interface Progress {
  done: number;
  total: number | null;
}

/** A row of `job_runs`, as the database has it. */
export interface RunRow {
  id: string;
  job_id: string;
  job_type: string;
  bot_id: string;
  trigger: RunTrigger;
  /** The slot; null for what a person asked for. */
  scheduled_for: Date | null;
  /** The instant that the work is about, for runs without a slot. */
  as_of: Date | null;
  retry_of: string | null;
  failed_items_only: boolean;
  status: RunStatus;
  /** One word for why, such as `overlap`, `timeout`, `lost`, `interrupted`; null when there is nothing to say. */
  reason: string | null;
  attempt: number;
  failures: number;
  losses: number;
  params: Json;
  dry_run: boolean;
  created_at: Date;
  available_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  /** Sum over the attempts that ended, in milliseconds; null before the first one ended. */
  duration_ms: number | null;
  result_json: Json | null;
  error_message: string | null;
  progress: Progress | null;
  checkpoint: Json | null;
  items_done: number | null;
  items_failed: number | null;
  /** A sentence about the slot, such as a DST gap that it comes from. */
  note: string | null;
  claimed_by: string | null;
  deployment: string | null;
  timeline: string | null;
  triggered_by: string | null;
}

/** Whether nothing will change the run any more. */
export function isSettled(run: Pick<RunRow, "status">): boolean {
  return run.status !== "pending" && run.status !== "running";
}
