import * as wire from "./wire.ts";

/** The part of PGlite that is used: a backend that answers messages synchronously. */
export interface Pglite {
  execProtocolRawStream(
    messages: Uint8Array,
    options: { syncToFs: boolean; onRawData: (bytes: Uint8Array) => void },
  ): Promise<void>;
  close(): Promise<void>;
}

/** The backend is gone in mid-statement, as when Postgres crashes. */
export class EngineFailure extends Error {}

/** How often it is looked whether a checkpoint is due, and the log that may gather until then. */
const CHECKPOINT_INTERVAL_MS = 5_000;
const CHECKPOINT_LOG_BYTES = 64 * 1024 * 1024;

/** PGlite has no checkpointer: without this the write-ahead log would grow for ever. */
const CHECKPOINT_IF_DUE = wire.query(`
  do $$ begin
    if (select pg_current_wal_insert_lsn() - redo_lsn > ${CHECKPOINT_LOG_BYTES} from pg_control_checkpoint())
    then execute 'checkpoint';
    end if;
  end $$`);

/** One PGlite, as something that answers messages, can fail and can be opened again. */
export class EmbeddedEngine {
  /** On `performance.now()`'s clock: when to look again whether a checkpoint is due. */
  nextCheckpointMs = performance.now() + CHECKPOINT_INTERVAL_MS;

  private constructor(
    public pglite: Pglite,
    private readonly open: (() => Promise<Pglite>) | null,
    /** What every client is told at its start: server version, encoding, time zone and the like. */
    readonly parameters: Uint8Array,
  ) {}

  /** Takes over `pglite`; `open` opens its files again, null when they were only in memory. */
  static async start(
    pglite: Pglite,
    open: (() => Promise<Pglite>) | null,
  ): Promise<EmbeddedEngine> {
    const answer = await run(pglite, wire.startup({ user: "postgres", database: "postgres" }));
    const parameters = wire.splitMessages(answer).messages
      .filter(([type]) => type !== wire.Type.backendKeyData && type !== wire.Type.readyForQuery);
    return new EmbeddedEngine(pglite, open, wire.concat(parameters));
  }

  /** What it answers to whole messages; throws `EngineFailure`. */
  async execute(messages: Uint8Array): Promise<Uint8Array> {
    try {
      return await run(this.pglite, messages);
    } catch (error) {
      throw new EngineFailure(String(error));
    }
  }

  /** Keeps the write-ahead log short; to be called when no transaction is open. */
  async checkpointIfDue(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < this.nextCheckpointMs) return;
    this.nextCheckpointMs = nowMs + CHECKPOINT_INTERVAL_MS;
    await this.execute(CHECKPOINT_IF_DUE);
  }

  /** Opens the files again, as after a crash; what was committed is there. False when it cannot. */
  async reopen(): Promise<boolean> {
    if (this.open === null) return false;
    this.pglite = await this.open();
    await run(this.pglite, wire.startup({ user: "postgres", database: "postgres" }));
    return true;
  }

  close(): Promise<void> {
    return this.pglite.close();
  }
}

/** The streaming call, because the plain one also parses each answer and keeps it for ever. */
async function run(pglite: Pglite, messages: Uint8Array): Promise<Uint8Array> {
  const answer: Uint8Array[] = [];
  await pglite.execProtocolRawStream(messages, {
    syncToFs: false,
    onRawData: (bytes) => void answer.push(bytes.slice()),
  });
  return answer.length === 0 ? new Uint8Array(0) : wire.concat(answer);
}
