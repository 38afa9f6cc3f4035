/** How the dashboard's statements write many small rows as one text: ten thousand rows take longer to read than to find. */
import type { RunStatus } from "./run.ts";

const STATUS_BY_CODE: Record<string, RunStatus> = {
  pe: "pending",
  ru: "running",
  su: "success",
  fa: "failed",
  sk: "skipped",
  ca: "cancelled",
};

/** The rows of a text that `string_agg` joined by commas; none for null. */
export function partsOf(text: string | null): string[] {
  return text?.split(",") ?? [];
}

/** The status whose first two letters a part begins with. */
export function statusOf(part: string): RunStatus {
  return STATUS_BY_CODE[part.slice(0, 2)];
}

/** Milliseconds since 1970 of what `date_part('epoch', …)` gave, which is the cheapest cast of an instant. */
export function toMs(seconds: string): number {
  return Math.round(Number(seconds) * 1_000);
}
