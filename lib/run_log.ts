import type { LogLine } from "./attempt_store.ts";
import { stampNow } from "./clock.ts";
import { isConnectionError } from "./db/errors.ts";
import { errorMessage } from "./errors.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import { toStorableJson, toStorableText } from "./storable.ts";

/** Lines that one attempt keeps; a handler that writes more is looping, and its run stays readable. */
const MAX_LINES = 10_000;

/** Lines that wait at most this long before they can be read by others. */
const FLUSH_AFTER_MS = 500;

const MAX_MESSAGE_LENGTH = 8_000;

/** Where the lines of an attempt are kept, in their order. */
export interface LineStore {
  append(lines: LogLine[]): Promise<unknown>;
  /** How many are there, with those of an `append` of which nobody heard whether it was carried out. */
  count(): Promise<number>;
}

/** The log of one attempt: each line goes to the terminal at once and to `run_logs` in small batches. */
export class RunLog implements Log {
  private waiting: LogLine[] = [];
  private kept = 0;
  private written = 0;
  /** Why lines wait that were to be written; null when none do. */
  private failure: unknown = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private held = 0;

  constructor(
    private readonly terminal: Log,
    private readonly source: string,
    private readonly store: LineStore,
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

  /**
   * Resolves when all lines so far are written, or cannot be: a lost line does not fail a run.
   *
   * Rejects when the database is away; the lines wait for it.
   */
  async flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.writeWaiting());
    await this.flushing;
    if (this.failure) throw this.failure;
  }

  /** Keeps no more lines: the attempt is over, and its fence would refuse them. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.failure) this.tellLost(this.waiting.length, this.failure);
    this.failure = null;
    this.waiting = [];
    this.kept = MAX_LINES;
  }

  private async writeWaiting(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    let lines: LogLine[] = [];
    try {
      if (this.failure) await this.findWritten();
      lines = this.waiting;
      if (lines.length === 0) return;
      this.waiting = [];
      await this.store.append(lines);
      this.written += lines.length;
    } catch (error) {
      if (!isConnectionError(error)) return this.tellLost(lines.length, error);
      this.failure = error;
      this.waiting = [...lines, ...this.waiting];
      this.flushLater();
    }
  }

  /** Drops what was written although nobody heard of it. */
  private async findWritten(): Promise<void> {
    const count = await this.store.count();
    this.failure = null;
    this.waiting.splice(0, count - this.written);
    this.written = count;
  }

  private tellLost(count: number, error: unknown): void {
    this.terminal.warn(`Cannot keep ${count} log lines of ${this.source}`, {
      reason: errorMessage(error),
    });
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
    this.timer = setTimeout(() => this.flush().catch(() => {}), FLUSH_AFTER_MS);
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
