import { type EmbeddedEngine, EngineFailure } from "./embedded_engine.ts";
import { EmbeddedSession, type Peer } from "./embedded_session.ts";
import * as wire from "./wire.ts";

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
  #sessions = new Map<number, EmbeddedSession>();
  #isServing = false;
  #work: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped: wire.WireError | null = null;
  #nextId = 1;

  constructor(readonly engine: EmbeddedEngine, private readonly bounds: BackendBounds) {}

  /** A new client; `isForeign` for those that may use session state, which is then undone. */
  open(peer: Peer, isForeign: boolean): EmbeddedSession {
    const session = new EmbeddedSession(this.#nextId++, this, peer, isForeign);
    this.#sessions.set(session.id, session);
    return session;
  }

  /** What a client is told when it has introduced itself; false when it is turned away. */
  greet(session: EmbeddedSession): boolean {
    if (this.#stopped) {
      session.terminate(this.#stopped);
      return false;
    }
    const { id, secret } = session;
    const key = wire.message(wire.Type.backendKeyData, wire.uint32(id), wire.uint32(secret));
    session.peer.send(wire.concat([this.engine.parameters, key, wire.readyForQuery]));
    return true;
  }

  /** A session has messages to run, or has ended. */
  request(session: EmbeddedSession): void {
    if (this.#stopped) {
      if (!session.hasEnded) session.terminate(this.#stopped);
    } else if (session === this.#owner) {
      this.#resume();
    } else if (session.leavesNothing) {
      this.#forget(session);
    } else if (!this.#waiting.some((waiter) => waiter.session === session)) {
      this.#waiting.push({ session, sinceMs: performance.now() });
      this.#resume();
    }
  }

  /** Ends the wait of a session for its turn; what runs already cannot be stopped. */
  cancel(sessionId: number, secret: number): void {
    const session = this.#sessions.get(sessionId);
    if (session?.secret !== secret) return;
    this.#giveUp([session], {
      severity: "ERROR",
      code: "57014",
      message: "canceling statement due to user request",
    });
  }

  /** Ends every session, then the database. */
  async close(): Promise<void> {
    this.#stop({ severity: "FATAL", code: "57P01", message: "the embedded database is closing" });
    await this.#work;
    await this.engine.close();
  }

  #resume(): void {
    clearTimeout(this.#timer);
    if (!this.#isServing) this.#work = this.#serveAll();
  }

  async #serveAll(): Promise<void> {
    this.#isServing = true;
    while (!this.#stopped) {
      const session = this.#owner ??= this.#waiting.shift()?.session ?? null;
      if (session === null) break;
      if (!session.hasMessages && !session.hasEnded) {
        this.#expectOwner();
        break;
      }
      try {
        await (session.hasMessages ? this.#serve(session) : this.#bury(session));
        if (!this.#isHeld) await this.engine.checkpointIfDue();
      } catch (error) {
        if (!(error instanceof EngineFailure)) throw error;
        await this.#recover(error);
      }
    }
    this.#isServing = false;
  }

  async #serve(session: EmbeddedSession): Promise<void> {
    const batch = session.takeBatch();
    const answer = await this.engine.execute(batch.bytes);
    const status = wire.lastTransactionStatus(answer);
    if (batch.completes && status === null) throw new EngineFailure("it did not answer");
    this.#isHeld = !batch.completes || status !== wire.TransactionStatus.idle;
    this.#heldSinceMs = performance.now();
    const changed = !this.#isHeld && session.isForeign ? await this.#resetSession() : [];
    if (this.#stopped) return;
    if (!this.#isHeld) this.#owner = null;
    session.peer.send(wire.concat([answer, ...changed]));
    if (!this.#isHeld && (session.hasMessages || session.hasEnded)) this.request(session);
  }

  /** Undoes settings, temporary tables and the like; says which parameters that changed. */
  async #resetSession(): Promise<Uint8Array[]> {
    const answer = await this.engine.execute(RESET_SESSION);
    return wire.splitMessages(answer).messages
      .filter(([type]) => type === wire.Type.parameterStatus);
  }

  /** Undoes what a session that is gone left behind. */
  async #bury(session: EmbeddedSession): Promise<void> {
    const undo = this.#isHeld ? [wire.sync, wire.query("rollback")] : [];
    if (this.#isHeld && session.isForeign) undo.push(RESET_SESSION);
    undo.push(...session.forgetStatements(), wire.sync);
    await this.engine.execute(wire.concat(undo));
    this.#isHeld = false;
    this.#owner = null;
    this.#forget(session);
  }

  #forget(session: EmbeddedSession): void {
    this.#sessions.delete(session.id);
    session.peer.close();
  }

  /** The owner holds the backend and asks nothing: see to it that this does not last. */
  #expectOwner(): void {
    const idleEndsMs = this.#heldSinceMs + this.bounds.idleInTransactionMs;
    const waitEndsMs = (this.#waiting[0]?.sinceMs ?? Infinity) + this.bounds.waitMs;
    const delayMs = Math.max(0, Math.min(idleEndsMs, waitEndsMs) - performance.now());
    this.#timer = setTimeout(() => this.#endWaits(), Math.ceil(delayMs));
  }

  #endWaits(): void {
    const nowMs = performance.now();
    const { waitMs, idleInTransactionMs } = this.bounds;
    if (this.#owner && this.#heldSinceMs + idleInTransactionMs <= nowMs) {
      this.#owner.terminate({
        severity: "FATAL",
        code: "25P03",
        message: "terminating connection due to idle-in-transaction timeout",
        hint: `The embedded database has one backend: a transaction may pause for at most ${
          idleInTransactionMs / 1000
        } s.`,
      });
    } else {
      const late = this.#waiting.filter(({ sinceMs }) => sinceMs + waitMs <= nowMs);
      this.#giveUp(late.map(({ session }) => session), {
        severity: "ERROR",
        code: "57014",
        message: `canceling statement: another connection has held the embedded database for ${
          waitMs / 1000
        } s`,
        hint: "It has one backend: a transaction must await nothing but its own statements.",
      });
    }
    this.#resume();
  }

  /** Takes those of the sessions that wait out of the queue, and answers them with an error. */
  #giveUp(sessions: EmbeddedSession[], error: wire.WireError): void {
    const isGivenUp = (waiter: { session: EmbeddedSession }) => sessions.includes(waiter.session);
    const givenUp = this.#waiting.filter(isGivenUp);
    this.#waiting = this.#waiting.filter((waiter) => !isGivenUp(waiter));
    for (const { session } of givenUp) {
      if (session.hasMessages) session.refuse(error);
      if (session.hasEnded) this.request(session);
    }
  }

  /** As Postgres does when a backend crashes: ends every session and starts from what was committed. */
  async #recover({ message: reason }: EngineFailure): Promise<void> {
    const error: wire.WireError = {
      severity: "FATAL",
      code: "57P02",
      message: `the embedded database broke down (${reason})`,
    };
    if (this.#owner && !this.#owner.hasEnded) this.#owner.terminate(error, true);
    this.#terminateAll(error);
    const isOpen = await this.engine.reopen().catch((error) => String(error));
    if (isOpen === true || this.#stopped) return;
    this.#stop({
      severity: "FATAL",
      code: "57P03",
      message: `the embedded database broke down and cannot be opened again${
        isOpen ? ` (${isOpen})` : ""
      }; restart the program`,
    });
  }

  #stop(error: wire.WireError): void {
    this.#stopped ??= error;
    this.#terminateAll(error);
  }

  #terminateAll(error: wire.WireError): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
    this.#owner = null;
    this.#isHeld = false;
    for (const session of this.#sessions.values()) if (!session.hasEnded) session.terminate(error);
    this.#sessions.clear();
  }
}
