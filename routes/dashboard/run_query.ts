import type { Engine } from "../../lib/engine_api.ts";
import {
  listRuns,
  type RunFilter,
  type RunPosition,
  type RunSummary,
} from "../../lib/history_store.ts";
import { InvalidInputError } from "../../lib/errors.ts";
import { RUN_STATUSES, RUN_TRIGGERS } from "../../lib/run.ts";
import { readRunPosition, timedPosition } from "../cursor_parts.ts";
import { cutPage, readCursor } from "../page.ts";
import { shorten } from "./format.ts";
import { readLocalTime } from "./local_time.ts";

/** A filter of runs as the URL of a page has it, and as the database takes it. */
export interface RunQuery {
  /** The parts of the URL that are set, without the cursor. */
  texts: Record<string, string>;
  filter: RunFilter;
  /** What is wrong with the parts that cannot be read, by their names; with one of them, no run fits. */
  problems: Record<string, string[]>;
  after: RunPosition | null;
}

const NAMES = ["job", "status", "reason", "trigger", "lost", "since", "until", "error"] as const;

const LOST = new Map([["true", true], ["false", false]]);

/**
 * Reads a filter from a page's query; what is empty does not narrow the choice.
 *
 * What is unknown is a problem and is never left out: a choice that is wider than what was asked for would be
 * acted on. Throws `InvalidInputError` for a cursor that is none.
 */
export function readRunQuery(query: Record<string, string>, zone: string): RunQuery {
  const texts = Object.fromEntries(
    NAMES.map((name) => [name, (query[name] ?? "").replaceAll("\0", "").trim()])
      .filter(([, text]) => text),
  );
  const problems: RunQuery["problems"] = {};
  const read = <T>(name: string, find: (text: string) => T | undefined, what: string) => {
    const text = texts[name];
    if (!text) return undefined;
    const value = find(text);
    if (value === undefined) problems[name] = [`${shorten(text)} is not a ${what}`];
    return value;
  };
  const readTime = (text: string) => readLocalTime(text, zone);
  const status = read("status", (text) => RUN_STATUSES.find((one) => one === text), "status");
  const trigger = read("trigger", (text) => RUN_TRIGGERS.find((one) => one === text), "trigger");
  const filter: RunFilter = {
    jobTypes: texts.job ? [texts.job] : undefined,
    statuses: status && [status],
    reasons: texts.reason ? [texts.reason] : undefined,
    triggers: trigger && [trigger],
    lost: read("lost", (text) => LOST.get(text), "choice"),
    since: read("since", readTime, "time"),
    until: read("until", readTime, "time"),
    errorText: texts.error,
  };
  const after = query.cursor ? readCursor("cursor", query.cursor, readRunPosition) : null;
  return { texts, filter, problems, after };
}

/** Whether each part of a filter could be read. */
export function isReadable({ problems }: RunQuery): boolean {
  return Object.keys(problems).length === 0;
}

/** Throws `InvalidInputError` for a filter that cannot be read: what it meant must not be guessed by an act. */
export function requireReadable(query: RunQuery): void {
  if (isReadable(query)) return;
  const told = Object.entries(query.problems).map(([name, problem]) => `${name}: ${problem}`);
  throw new InvalidInputError(
    `The filter cannot be read, so nothing is touched. ${told.join("; ")}.`,
    query.problems,
  );
}

/** A page of runs, newest first, and the cursor of the next one. */
export async function readRuns(
  engine: Engine,
  query: RunQuery,
  limit: number,
): Promise<{ runs: RunSummary[]; nextCursor: string | null }> {
  if (!isReadable(query)) return { runs: [], nextCursor: null };
  const { filter, after } = query;
  const found = await listRuns(engine.sql, filter, limit + 1, after);
  const { rows, next_cursor } = cutPage(found, limit, timedPosition);
  return { runs: rows, nextCursor: next_cursor };
}
