import type { Engine } from "../../lib/engine_api.ts";
import {
  listRuns,
  type RunFilter,
  type RunPosition,
  type RunSummary,
} from "../../lib/history_store.ts";
import { RUN_STATUSES, RUN_TRIGGERS } from "../../lib/run.ts";
import { isUuid } from "../run_id.ts";
import { isUsable } from "../../lib/instant.ts";
import { readLocalTime } from "./local_time.ts";

/** A filter of runs as the URL of a page has it, and as the database takes it. */
export interface RunQuery {
  /** The parts of the URL that are set, without the cursor. */
  texts: Record<string, string>;
  filter: RunFilter;
  after: RunPosition | null;
}

const NAMES = ["job", "status", "reason", "trigger", "since", "until", "error"] as const;

/** Reads a filter from a page's query; what is empty or unknown does not narrow the choice. */
export function readRunQuery(query: Record<string, string>, zone: string): RunQuery {
  const texts = Object.fromEntries(
    NAMES.map((name) => [name, (query[name] ?? "").replaceAll("\0", "").trim()])
      .filter(([, text]) => text),
  );
  const status = RUN_STATUSES.find((known) => known === texts.status);
  const trigger = RUN_TRIGGERS.find((known) => known === texts.trigger);
  return {
    texts,
    filter: {
      jobTypes: texts.job ? [texts.job] : undefined,
      statuses: status && [status],
      reasons: texts.reason ? [texts.reason] : undefined,
      triggers: trigger && [trigger],
      since: texts.since ? readLocalTime(texts.since, zone) : undefined,
      until: texts.until ? readLocalTime(texts.until, zone) : undefined,
      errorText: texts.error,
    },
    after: readPosition(query.cursor ?? ""),
  };
}

/** A page of runs, newest first, and the cursor of the next one. */
export async function readRuns(
  engine: Engine,
  { filter, after }: RunQuery,
  limit: number,
): Promise<{ runs: RunSummary[]; nextCursor: string | null }> {
  const found = await listRuns(engine.sql, filter, limit + 1, after);
  const runs = found.slice(0, limit);
  const last = runs.at(-1);
  const nextCursor = found.length > limit && last
    ? `${last.created_at.getTime()}_${last.id}`
    : null;
  return { runs, nextCursor };
}

function readPosition(cursor: string): RunPosition | null {
  const [ms, id] = cursor.split("_");
  const createdAt = new Date(Number(ms || NaN));
  return isUuid(id) && isUsable(createdAt) ? { createdAt, id } : null;
}
