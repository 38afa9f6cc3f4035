import type { Engine } from "../../../lib/engine_api.ts";
import { readRunQuery, readRuns } from "../run_query.ts";
import type { HistoryProps } from "./history.tsx";

/** A page of a job's runs by the query of its page, and where the others are. */
export async function readHistory(engine: Engine, jobId: string, query: Record<string, string>) {
  const { status = "", trigger = "", error = "", cursor = "" } = query;
  const runQuery = readRunQuery({ status, trigger, error, cursor, job: jobId }, "UTC");
  const { job: _, ...texts } = runQuery.texts;
  const { runs, nextCursor } = await readRuns(engine, runQuery, 20);
  const url = (cursor: string | null) => {
    const query = new URLSearchParams({ ...texts, ...(cursor && { cursor }) });
    return `/ui/jobs/${encodeURIComponent(jobId)}${query.size > 0 ? `?${query}` : ""}#history`;
  };
  const history: HistoryProps = {
    jobId,
    texts,
    problems: runQuery.problems,
    nextUrl: nextCursor && url(nextCursor),
    firstUrl: cursor ? url(null) : null,
  };
  return { runs, history };
}
