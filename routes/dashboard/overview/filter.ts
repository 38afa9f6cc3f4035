import type { OverviewRow } from "./rows.ts";
import { type Health, HEALTHS } from "./job_health.ts";

export const SORTS = ["job", "status", "last", "duration", "next", "success", "p95"] as const;

export type Sort = typeof SORTS[number];

/** A health, or that it runs. */
export type RowStatus = Health | "running";

/** What the URL of the overview asks for; empty texts ask for nothing. */
export interface OverviewFilter {
  text: string;
  tag: string;
  status: RowStatus | "";
  /** A status that there is not, which no job has; empty: none was asked for. */
  unknownStatus: string;
  /** Null: the order of the crontab. */
  sort: Sort | null;
  descending: boolean;
}

/** Reads the filter from a query; an order that it does not know counts as absent. */
export function readFilter(query: Record<string, string>): OverviewFilter {
  const statuses = [...HEALTHS, "running"] as const;
  const status = statuses.find((known) => known === query.status) ?? "";
  const sort = query.sort?.replace(/^-/, "");
  return {
    text: query.q?.trim() ?? "",
    tag: query.tag ?? "",
    status,
    unknownStatus: status ? "" : query.status ?? "",
    sort: SORTS.find((known) => known === sort) ?? null,
    descending: query.sort?.startsWith("-") ?? false,
  };
}

/** The address of the overview under a filter. */
export function overviewUrl(filter: OverviewFilter): string {
  const query = new URLSearchParams();
  if (filter.text) query.set("q", filter.text);
  if (filter.tag) query.set("tag", filter.tag);
  if (filter.status) query.set("status", filter.status);
  if (filter.sort) query.set("sort", `${filter.descending ? "-" : ""}${filter.sort}`);
  return query.size > 0 ? `/?${query}` : "/";
}

/** The rows that fit, in the order that is asked for; what a row has no value for comes last. */
export function applyFilter(rows: readonly OverviewRow[], filter: OverviewFilter): OverviewRow[] {
  if (filter.unknownStatus) return [];
  const text = filter.text.toLowerCase();
  const found = rows.filter((row) =>
    (!text ||
      `${row.job.id} ${row.job.name} ${row.job.description}`.toLowerCase().includes(text)) &&
    (!filter.tag || row.job.tags.includes(filter.tag)) &&
    (!filter.status || hasStatus(row, filter.status))
  );
  if (filter.sort === null) return found;
  const value = VALUES[filter.sort];
  const sign = filter.descending ? -1 : 1;
  return found.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left < right ? -1 : left > right ? 1 : 0);
  });
}

/** Whether a state is true of a row: that it runs, is paused or disabled, or missed a slot is so whatever its health. */
export function hasStatus(row: OverviewRow, status: RowStatus): boolean {
  switch (status) {
    case "running":
      return row.runningId !== null;
    case "paused":
      return row.paused;
    case "disabled":
      return !row.enabled;
    case "missed":
      return row.missed !== null;
    default:
      return row.health === status;
  }
}

const VALUES: Record<Sort, (row: OverviewRow) => string | number | null> = {
  job: ({ job }) => job.name.toLowerCase(),
  status: ({ health }) => HEALTHS.indexOf(health),
  last: ({ last }) => last && last.startedAt.getTime(),
  duration: ({ figures }) => figures.lastMs,
  next: ({ nextRunAt }) => nextRunAt && nextRunAt.getTime(),
  success: ({ figures }) => figures.successRate,
  p95: ({ figures }) => figures.p95Ms,
};
