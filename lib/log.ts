import { stampNow } from "./clock.ts";

/** How much a line matters; `debug` is for the person who writes the job. */
export type LogLevel = "debug" | "info" | "warn" | "error";

export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Facts beside a message; they end as `name=value` on the terminal and as JSON in `run_logs`. */
export type LogFields = Record<string, unknown>;

/** Where the program says what it does. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/**
 * A log that hands each finished line to `write`.
 *
 * `now` stamps the line only; nothing is ever decided by it.
 */
export function createLog(
  write: (line: string, level: LogLevel) => void,
  now: () => Date = stampNow,
): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(formatLine(now(), level, message, fields), level);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The program's own log: info to stdout, warnings and errors to stderr; debug lines are for `run_logs` only. */
export function consoleLog(): Log {
  return createLog((line, level) => {
    if (level === "warn" || level === "error") console.error(line);
    else if (level === "info") console.log(line);
  });
}

function formatLine(at: Date, level: LogLevel, message: string, fields: LogFields = {}): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${formatValue(value)}`);
  return `${at.toISOString()} ${level.toUpperCase().padEnd(5)} ${message}${facts.join("")}`;
}

function formatValue(value: unknown): string {
  const text = typeof value === "string" ? value : toText(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** As JSON; a bigint or a circle is none, and no line is worth an exception. */
function toText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : Deno.inspect(value, { compact: true });
  }
}
