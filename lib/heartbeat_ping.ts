import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";

/** Alarms come every minute, give or take: what is asked for a little early counts as the next minute's. */
const LEAST_GAP_MS = 55_000;
const TIMEOUT_MS = 10_000;

/**
 * Tells a dead man's switch that schedules are being dispatched, at most once a minute.
 *
 * Nothing waits for it, and what goes wrong with it is a line in the log; the address is a secret and not told.
 */
export class HeartbeatPing {
  #lastAtMs = -Infinity;
  #sending: Promise<void> = Promise.resolve();

  readonly #url: string;

  constructor(
    url: string,
    private readonly log: Log,
    private readonly stop: AbortSignal,
    private readonly timeoutMs: number = TIMEOUT_MS,
  ) {
    // As `fetch` quotes it in its errors.
    this.#url = new URL(url).href;
  }

  /** Sends a ping unless one was sent within the minute before `atMs`, an instant of `performance.now()`. */
  beat(atMs: number = performance.now()): void {
    if (this.stop.aborted || atMs - this.#lastAtMs < LEAST_GAP_MS) return;
    this.#lastAtMs = atMs;
    this.#sending = this.#send();
  }

  /** Resolves when no ping is under way. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    try {
      const response = await fetch(this.#url, {
        signal: AbortSignal.any([this.stop, AbortSignal.timeout(this.timeoutMs)]),
        redirect: "manual",
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    } catch (error) {
      if (this.stop.aborted) return;
      this.log.warn("Cannot ping HEARTBEAT_URL", { reason: this.#hide(errorMessage(error)) });
    }
  }

  #hide(message: string): string {
    return message.replaceAll(this.#url, "HEARTBEAT_URL");
  }
}
