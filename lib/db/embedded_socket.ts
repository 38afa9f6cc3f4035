import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { EmbeddedBackend } from "./embedded_backend.ts";
import type { EmbeddedSession } from "./embedded_session.ts";

/**
 * What Postgres.js takes for a connected `net.Socket`, with the embedded database behind it.
 *
 * Made for the driver's `socket` option; it has those members that the driver uses.
 */
export class EmbeddedSocket extends EventEmitter {
  readyState: "open" | "closed" = "open";
  readonly #session: EmbeddedSession;

  constructor(backend: EmbeddedBackend) {
    super();
    this.#session = backend.open({
      send: (bytes) => {
        if (this.readyState === "closed") return;
        this.emit("data", Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      },
      close: () => this.#close(),
    }, false);
  }

  /** Delivers once the driver's own write has returned: it does not expect the answer inside of it. */
  write(bytes: Uint8Array, written?: () => void): boolean {
    if (this.readyState === "open") queueMicrotask(() => this.#session.receive(bytes));
    written?.();
    return true;
  }

  end(bytes?: Uint8Array): this {
    if (bytes) this.write(bytes);
    return this.destroy();
  }

  destroy(): this {
    queueMicrotask(() => this.#session.vanish());
    this.#close();
    return this;
  }

  /** Answers are whole and in memory already: there is nothing to hold back. */
  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  #close(): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    queueMicrotask(() => this.emit("close", false));
  }
}
