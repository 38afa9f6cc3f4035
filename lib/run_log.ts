import type { LogLine } from "./attempt_store.ts";
import { stampNow } from "./clock.ts";
import { errorMessage } from "./errors.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import { toStorableJson, toStorableText } from "./storable.ts";

/** Lines that one attempt keeps; a handler that writes more is looping, and its run stays readable. */
const MAX_LINES = 10_000;

/** Lines that wait at most this long before they can be read by others. */
const FLUSH_AFTER_MS = 500;

const MAX_MESSAGE_LENGTH = 8_000;

/** The log of one attempt: each line goes to the terminal at once and to `run_logs` in small batches. */
export class RunLog implements Log {
  private waiting: LogLine[] = [];
  private kept = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private held = 0;

  constructor(
    private readonly terminal: Log,
    private readonly source: string,
    private readonly write: (lines: LogLine[]) => Promise<unknown>,
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.add("debug", message, fields);
  }
  info(message: string, fields?: LogFields): void {
    this.add("info", message, fields);
  }
  warn(message: string, fields?: LogFields): void {
    this.add("warn", message, fields);
  }
  error(message: string, fields?: LogFields): void {
    this.add("error", message, fields);
  }

  /** Keeps lines back while a transaction is open: on the embedded database they would wait for it. */
  async holdDuring<T>(work: () => Promise<T>): Promise<T> {
    this.held++;
    try {
      return await work();
    } finally {
      this.held--;
      this.flushLater();
    }
  }

  /** Resolves when all lines so far are written; never rejects, a lost line does not fail a run. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(async () => {
      const lines = this.waiting;
      if (lines.length === 0) return;
      this.waiting = [];
      try {
        await this.write(lines);
      } catch (error) {
        this.terminal.warn(`Cannot keep ${lines.length} log lines of ${this.source}`, {
          reason: errorMessage(error),
        });
      }
    });
    return this.flushing;
  }

  /** Keeps no more lines: the attempt is over, and its fence would refuse them. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = [];
    this.kept = MAX_LINES;
  }

  private add(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.terminal[level](message, { job: this.source, ...fields });
    if (this.kept === MAX_LINES) return;
    this.kept++;
    this.waiting.push(
      this.kept === MAX_LINES
        ? line("warn", `More than ${MAX_LINES} lines: the rest is not kept`, {})
        : line(level, message, fields),
    );
    this.flushLater();
  }

  private flushLater(): void {
    if (this.held > 0 || this.timer !== undefined || this.waiting.length === 0) return;
    this.timer = setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }
}

function line(level: LogLevel, message: string, fields: LogFields): LogLine {
  return {
    at: stampNow(),
    level,
    message: toStorableText(String(message).slice(0, MAX_MESSAGE_LENGTH)),
    fields: Object.keys(fields).length > 0 ? storableFields(fields) : null,
  };
}

/** A fact that is no JSON is kept as text: a line that cannot be written would take others with it. */
function storableFields(fields: LogFields): LogFields {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const facts = given.map(([name, value]) => {
    try {
      return [toStorableText(name), toStorableJson(value)];
    } catch {
      return [toStorableText(name), errorMessage(value)];
    }
  });
  return Object.fromEntries(facts);
}
