import type { EmbeddedBackend } from "./embedded_backend.ts";
import { refuseCopyFromStdin } from "./refuse_copy.ts";
import * as wire from "./wire.ts";

/** The other end of a session: an in-memory socket, or a TCP connection. */
export interface Peer {
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent. */
  close(): void;
}

/** Messages to be run at once; `completes` when the backend answers them with ReadyForQuery. */
export interface Batch {
  bytes: Uint8Array;
  completes: boolean;
}

/**
 * One client of the embedded database: takes its bytes, keeps its whole messages until the
 * backend is free, and remembers what has to be undone when it goes.
 */
export class EmbeddedSession {
  #messages: Uint8Array[] = [];
  #rest: Uint8Array = new Uint8Array(0);
  #started = false;
  /** After a refusal in mid-query: what comes before the next Sync is not run. */
  #skipping = false;
  #ended = false;
  readonly #statements = new Set<string>();

  constructor(
    readonly id: number,
    readonly backend: EmbeddedBackend,
    readonly peer: Peer,
    /** Whether settings and temporary tables are undone after each transaction. */
    readonly isForeign: boolean,
  ) {}

  get hasMessages(): boolean {
    return this.#messages.length > 0;
  }

  /** The client has said goodbye or is gone; what it sent before is still run, unless it vanished. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Takes what the client sent, in pieces of any size. */
  receive(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#rest = this.#rest.length > 0 ? wire.concat([this.#rest, bytes]) : bytes;
    while (!this.#started) if (!this.#greet()) return;
    const { messages, rest } = wire.splitMessages(this.#rest);
    this.#rest = rest;
    for (const message of messages) this.#accept(message);
    if (this.#messages.length > 0 || this.#ended) this.backend.request(this);
  }

  /** The connection broke: an open transaction is rolled back, unsent work is dropped. */
  vanish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#messages = [];
    this.backend.request(this);
  }

  /** Everything received so far, to be run in one go. */
  takeBatch(): Batch {
    const last = this.#messages.at(-1)![0];
    const bytes = wire.concat(this.#messages);
    this.#messages = [];
    return { bytes, completes: completes(last) };
  }

  /** Answers everything that waits with an error, as a backend would. */
  refuse(error: wire.WireError): void {
    const answer = [wire.errorResponse(error)];
    for (const [type] of this.#messages) if (completes(type)) answer.push(wire.readyForQuery);
    this.#skipping = !completes(this.#messages.at(-1)![0]);
    this.#messages = [];
    this.peer.send(wire.concat(answer));
  }

  /** Ends the session from this side. */
  terminate(error: wire.WireError): void {
    this.#ended = true;
    this.#messages = [];
    this.peer.send(wire.errorResponse(error));
    this.peer.close();
  }

  /** Messages that make the backend forget what this session prepared. */
  forgetStatements(): Uint8Array[] {
    return [...this.#statements].map(wire.closeStatement);
  }

  #accept(message: Uint8Array): void {
    const type = message[0];
    if (this.#ended) return;
    if (type === wire.Type.terminate) {
      this.#ended = true;
    } else if (this.#skipping) {
      if (type !== wire.Type.sync) return;
      this.#skipping = false;
      this.peer.send(wire.readyForQuery);
    } else {
      if (type === wire.Type.parse) this.#remember(message);
      this.#messages.push(refuseCopyFromStdin(message));
    }
  }

  #remember(parse: Uint8Array): void {
    const { text: name } = wire.readText(parse, 5);
    if (name !== "") this.#statements.add(name);
  }

  /** Handles one packet of the opening, which has no type byte; false when it is not whole yet. */
  #greet(): boolean {
    if (this.#ended || this.#rest.length < 8) return false;
    const length = wire.readUint32(this.#rest, 0);
    if (length < 8 || length > 10_000) {
      this.#hangUp();
      return false;
    }
    if (this.#rest.length < length) return false;
    const code = wire.readUint32(this.#rest, 4);
    this.#rest = this.#rest.subarray(length);
    if (code === wire.StartupCode.ssl || code === wire.StartupCode.gssEncryption) {
      this.peer.send(Uint8Array.of("N".charCodeAt(0)));
    } else if (code === wire.StartupCode.protocol3) {
      this.#started = true;
      this.peer.send(this.backend.greeting(this.id));
    } else {
      // A CancelRequest among them: a statement runs to its end before anything else is read.
      this.#hangUp();
      return false;
    }
    return true;
  }

  #hangUp(): void {
    this.#ended = true;
    this.peer.close();
  }
}

/** Whether the backend says ReadyForQuery after a message of that type. */
function completes(type: number): boolean {
  return type === wire.Type.query || type === wire.Type.sync || type === wire.Type.functionCall;
}
