import { EmbeddedSession, type Peer } from "./embedded_session.ts";
import * as wire from "./wire.ts";

/** The part of PGlite that is used: a backend that answers messages synchronously. */
export interface Engine {
  execProtocolRawStream(
    message: Uint8Array,
    options: { syncToFs: boolean; onRawData: (bytes: Uint8Array) => void },
  ): Promise<void>;
  close(): Promise<void>;
}

/** How long one client may keep the others from the only backend. */
export interface BackendBounds {
  /** Longest wait for the backend while another session holds it. */
  waitMs: number;
  /** Longest time that a session may hold the backend without asking it anything. */
  idleInTransactionMs: number;
}

const RESET_SESSION = wire.query(
  "close all; set session authorization default; reset all; unlisten *; discard temp; select pg_advisory_unlock_all()",
);

/**
 * Shares the one backend of PGlite among sessions, in the order in which they ask.
 *
 * A session owns the backend from its first message until ReadyForQuery says that no transaction is
 * open: otherwise the unnamed statement of one would be executed by another (pglite#1046).
 */
export class EmbeddedBackend {
  #owner: EmbeddedSession | null = null;
  /** The owner has left a transaction or an extended query open. */
  #isHeld = false;
  #heldSinceMs = 0;
  #waiting: { session: EmbeddedSession; sinceMs: number }[] = [];
  #sessions = new Set<EmbeddedSession>();
  #isServing = false;
  #work: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped: wire.WireError | null = null;
  #nextId = 1;

  private constructor(
    readonly engine: Engine,
    readonly bounds: BackendBounds,
    private readonly parameters: Uint8Array,
  ) {}

  /** Starts sharing `engine`, which nobody else may use from now on. */
  static async start(engine: Engine, bounds: BackendBounds): Promise<EmbeddedBackend> {
    const user = new TextEncoder().encode("user\0postgres\0database\0postgres\0\0");
    const startup = wire.concat([
      wire.uint32(user.length + 8),
      wire.uint32(wire.StartupCode.protocol3),
      user,
    ]);
    const answer = await run(engine, startup);
    const parameters = wire.splitMessages(answer).messages.filter(([type]) =>
      type !== wire.Type.backendKeyData && type !== wire.Type.readyForQuery
    );
    return new EmbeddedBackend(engine, bounds, wire.concat(parameters));
  }

  /** A new client; `isForeign` for those that may use session state, which is then undone. */
  open(peer: Peer, isForeign: boolean): EmbeddedSession {
    const session = new EmbeddedSession(this.#nextId++, this, peer, isForeign);
    this.#sessions.add(session);
    return session;
  }

  /** What a client is told when it has introduced itself. */
  greeting(sessionId: number): Uint8Array {
    if (this.#stopped) return wire.errorResponse(this.#stopped);
    const key = wire.message(wire.Type.backendKeyData, wire.uint32(sessionId), wire.uint32(0));
    return wire.concat([this.parameters, key, wire.readyForQuery]);
  }

  /** A session has messages to run, or has ended. */
  request(session: EmbeddedSession): void {
    if (this.#stopped) {
      if (!session.hasEnded) session.terminate(this.#stopped);
      return;
    }
    if (session !== this.#owner && !this.#waiting.some((waiter) => waiter.session === session)) {
      this.#waiting.push({ session, sinceMs: performance.now() });
    }
    this.#resume();
  }

  /** Ends every session, then the database. */
  async close(): Promise<void> {
    if (!this.#stopped) {
      this.#stop({ severity: "FATAL", code: "57P01", message: "the embedded database is closing" });
    }
    await this.#work;
    await this.engine.close();
  }

  #resume(): void {
    clearTimeout(this.#timer);
    if (!this.#isServing) this.#work = this.#serveAll();
  }

  async #serveAll(): Promise<void> {
    this.#isServing = true;
    // Sockets deliver from inside of the driver's write: answer only after that has returned.
    await null;
    while (!this.#stopped) {
      const session = this.#owner ??= this.#waiting.shift()?.session ?? null;
      if (session === null) break;
      if (session.hasMessages) {
        await this.#serve(session);
      } else if (session.hasEnded) {
        await this.#bury(session);
      } else {
        this.#expectOwner();
        break;
      }
    }
    this.#isServing = false;
  }

  async #serve(session: EmbeddedSession): Promise<void> {
    const batch = session.takeBatch();
    const answer = await this.#execute(batch.bytes);
    if (answer === null) return;
    const status = wire.lastTransactionStatus(answer);
    if (batch.completes && status === null) return this.#breakDown("it did not answer");
    this.#isHeld = !batch.completes || status !== wire.TransactionStatus.idle;
    this.#heldSinceMs = performance.now();
    const changed = !this.#isHeld && session.isForeign ? await this.#resetSession() : [];
    if (!this.#isHeld) {
      this.#owner = null;
      if (session.hasMessages || session.hasEnded) this.request(session);
    }
    session.peer.send(wire.concat([answer, ...changed]));
  }

  /** Undoes settings, temporary tables and the like; says which parameters that changed. */
  async #resetSession(): Promise<Uint8Array[]> {
    const answer = await this.#execute(RESET_SESSION);
    return answer === null ? [] : wire.splitMessages(answer).messages
      .filter(([type]) => type === wire.Type.parameterStatus);
  }

  /** Undoes what a session that is gone left behind. */
  async #bury(session: EmbeddedSession): Promise<void> {
    const undo = this.#isHeld ? [wire.sync, wire.query("rollback")] : [];
    if (this.#isHeld && session.isForeign) undo.push(RESET_SESSION);
    const forget = session.forgetStatements();
    if (forget.length > 0) undo.push(...forget, wire.sync);
    if (undo.length > 0) await this.#execute(wire.concat(undo));
    this.#isHeld = false;
    this.#owner = null;
    this.#sessions.delete(session);
    session.peer.close();
  }

  /** The owner holds the backend and asks nothing: see to it that this does not last. */
  #expectOwner(): void {
    const nowMs = performance.now();
    const idleEndsMs = this.#heldSinceMs + this.bounds.idleInTransactionMs;
    const waitEndsMs = this.#waiting.length > 0
      ? this.#waiting[0].sinceMs + this.bounds.waitMs
      : Infinity;
    const delayMs = Math.max(0, Math.min(idleEndsMs, waitEndsMs) - nowMs);
    this.#timer = setTimeout(() => this.#endWaits(), Math.ceil(delayMs));
  }

  #endWaits(): void {
    const nowMs = performance.now();
    if (this.#owner && this.#heldSinceMs + this.bounds.idleInTransactionMs <= nowMs) {
      this.#owner.terminate({
        severity: "FATAL",
        code: "25P03",
        message: "terminating connection due to idle-in-transaction timeout",
        hint: `The embedded database has one backend: a transaction may pause for at most ${
          seconds(this.bounds.idleInTransactionMs)
        }.`,
      });
    } else {
      const late = this.#waiting.filter(({ sinceMs }) => sinceMs + this.bounds.waitMs <= nowMs);
      this.#waiting = this.#waiting.filter((waiter) => !late.includes(waiter));
      for (const { session } of late) this.#giveUp(session);
    }
    this.#resume();
  }

  #giveUp(session: EmbeddedSession): void {
    if (session.hasEnded) return this.request(session);
    session.refuse({
      severity: "ERROR",
      code: "57014",
      message: `canceling statement: another connection has held the embedded database for ${
        seconds(this.bounds.waitMs)
      }`,
      hint:
        "The embedded database has one backend: a transaction must await nothing but its own statements.",
    });
  }

  async #execute(messages: Uint8Array): Promise<Uint8Array | null> {
    try {
      return await run(this.engine, messages);
    } catch (error) {
      this.#breakDown(String(error));
      return null;
    }
  }

  #breakDown(reason: string): void {
    this.#stop({
      severity: "FATAL",
      code: "57P02",
      message: `the embedded database broke down (${reason}); restart the program`,
    });
  }

  #stop(error: wire.WireError): void {
    this.#stopped = error;
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#owner = null;
    for (const session of this.#sessions) if (!session.hasEnded) session.terminate(error);
    this.#sessions.clear();
  }
}

/**
 * What the backend answers to whole messages.
 *
 * The streaming call is used because the plain one also parses each answer and keeps it for ever.
 */
async function run(engine: Engine, messages: Uint8Array): Promise<Uint8Array> {
  const answer: Uint8Array[] = [];
  await engine.execProtocolRawStream(messages, {
    syncToFs: false,
    onRawData: (bytes) => void answer.push(bytes.slice()),
  });
  return answer.length === 0 ? new Uint8Array(0) : wire.concat(answer);
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
