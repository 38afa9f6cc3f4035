import { shorten } from "../format.ts";
import { LOG_LEVELS, type LogLevel } from "../../../lib/log.ts";
import type { LogFilter } from "../../../lib/run_detail_store.ts";

/** Which lines of a log a page's address asks for. */
export interface LogQuery {
  /** As the address has them. */
  level: string;
  text: string;
  /** Undefined where every line is asked for. */
  filter: LogFilter | undefined;
  /** What is wrong with a level that there is not; no line fits it. */
  problem: string | null;
}

/** The least level of all, which leaves none out. */
const LEAST_LEVEL: LogLevel = "debug";

export function readLogQuery(query: Record<string, string>): LogQuery {
  const text = (query.q ?? "").replaceAll("\0", "").toWellFormed().trim().slice(0, 200);
  const level = query.level || LEAST_LEVEL;
  const place = LOG_LEVELS.findIndex((known) => known === level);
  const levels = place < 0 ? [] : LOG_LEVELS.slice(place);
  return {
    level,
    text,
    filter: text || place !== 0 ? { levels, text } : undefined,
    problem: place < 0 ? `${shorten(level)} is not a level` : null,
  };
}
