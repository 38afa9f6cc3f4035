import type { EmbeddedBackend } from "./embedded_backend.ts";
import { refuseCopyFromStdin } from "./refuse_copy.ts";
import * as wire from "./wire.ts";

/** The other end of a session: an in-memory socket, or a TCP connection. */
export interface Peer {
  send(bytes: Uint8Array): void;
  /** Ends the connection after what was sent; may be called twice. */
  close(): void;
}

/** Messages to be run at once; `completes` when the backend answers them with ReadyForQuery. */
export interface Batch {
  bytes: Uint8Array;
  completes: boolean;
}

/** A startup packet of a real client is far shorter; a statement may be long, up to Postgres' own limit. */
const MAX_STARTUP_BYTES = 10_000;
const MAX_MESSAGE_BYTES = 1024 ** 3;

/**
 * One client of the embedded database: takes its bytes, keeps its whole messages until the
 * backend is free, and remembers what has to be undone when it goes.
 */
export class EmbeddedSession {
  /** What a CancelRequest has to know. */
  readonly secret = crypto.getRandomValues(new Uint32Array(1))[0];
  #messages: Uint8Array[] = [];
  #rest: Uint8Array = new Uint8Array(0);
  #isGreeted = false;
  /** After a refusal in mid-query: what comes before the next Sync is not run. */
  #isSkipping = false;
  #hasEnded = false;
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

  /** The client has said goodbye or is gone, or was shown out. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It has ended, and the backend need not be told. */
  get leavesNothing(): boolean {
    return this.#hasEnded && !this.hasMessages && this.#statements.size === 0;
  }

  /** Takes what the client sent, in pieces of any size. */
  receive(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    this.#rest = this.#rest.length > 0 ? wire.concat([this.#rest, bytes]) : bytes;
    while (!this.#isGreeted) if (!this.#takeStartup()) return;
    const { messages, rest } = wire.splitMessages(this.#rest);
    this.#rest = rest;
    for (const message of messages) this.#accept(message);
    if (rest.length >= 5) this.#checkLength(wire.readUint32(rest, 1));
    if (this.hasMessages || this.#hasEnded) this.backend.request(this);
  }

  /** The connection broke: an open transaction is rolled back, what did not run yet is dropped. */
  vanish(): void {
    if (this.#hasEnded) return;
    this.#messages = [];
    this.#end();
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
    this.#isSkipping = !completes(this.#messages.at(-1)![0]);
    this.#messages = [];
    this.peer.send(wire.concat(answer));
  }

  /**
   * Ends the session from this side; the caller sees to what it leaves.
   *
   * A client that awaits an answer gets ReadyForQuery with the error: without it, Postgres.js takes the query
   * for unanswered even after the connection has closed, and never ends the pool.
   */
  terminate(error: wire.WireError, isAwaitingAnswer = this.hasMessages): void {
    this.#hasEnded = true;
    this.#messages = [];
    this.peer.send(wire.errorResponse(error));
    if (isAwaitingAnswer) this.peer.send(wire.readyForQuery);
    this.peer.close();
  }

  /** Messages that make the backend forget what this session prepared. */
  forgetStatements(): Uint8Array[] {
    return [...this.#statements].map(wire.closeStatement);
  }

  #accept(message: Uint8Array): void {
    const type = message[0];
    if (this.#hasEnded) return;
    if (type === wire.Type.terminate) {
      this.#hasEnded = true;
    } else if (wire.COPY_TYPES.has(type)) {
      // The rest of a COPY FROM STDIN that was refused: Postgres ignores it as well.
    } else if (!wire.CLIENT_TYPES.has(type)) {
      // The backend would end the whole process.
      this.#violate(`invalid frontend message type ${type}`);
    } else if (this.#isSkipping) {
      if (type !== wire.Type.sync) return;
      this.#isSkipping = false;
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

  /** Handles one packet of the opening, which has no type byte; false when there is no more to do. */
  #takeStartup(): boolean {
    if (this.#hasEnded || this.#rest.length < 8) return false;
    const packet = wire.readStartup(this.#rest);
    if (packet.length < 8 || packet.length > MAX_STARTUP_BYTES) {
      this.#end();
      return false;
    }
    if (this.#rest.length < packet.length) return false;
    const [pid, secret] = [8, 12].map((at) => wire.readUint32(this.#rest, at));
    this.#rest = this.#rest.subarray(packet.length);
    switch (packet.code) {
      case wire.StartupCode.ssl:
      case wire.StartupCode.gssEncryption:
        this.peer.send(Uint8Array.of("N".charCodeAt(0)));
        return true;
      case wire.StartupCode.protocol3:
        this.#isGreeted = this.backend.greet(this);
        return this.#isGreeted;
      case wire.StartupCode.cancel:
        if (packet.length === 16) this.backend.cancel(pid, secret);
        this.#end();
        return false;
      default:
        this.#violate("unsupported frontend protocol");
        return false;
    }
  }

  #checkLength(length: number): void {
    if (length < 4 || length > MAX_MESSAGE_BYTES) this.#violate("invalid message length");
  }

  #violate(message: string): void {
    this.terminate({ severity: "FATAL", code: "08P01", message });
    this.backend.request(this);
  }

  #end(): void {
    this.#hasEnded = true;
    this.backend.request(this);
  }
}

/** Whether the backend says ReadyForQuery after a message of that type. */
function completes(type: number): boolean {
  return type === wire.Type.query || type === wire.Type.sync || type === wire.Type.functionCall;
}
