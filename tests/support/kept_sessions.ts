import * as wire from "../../lib/db/wire.ts";

/** A port before a Postgres server, for clients that speak without TLS and without a password. */
export interface KeptSessions {
  port: number;
  /** Stops listening and ends every session. */
  close(): Promise<void>;
}

/** So many wait for a client; each is a process of the server. */
const MOST_WAITING = 48;

/** What the server answers with a ReadyForQuery. */
const ANSWERED: Set<number> = new Set([
  wire.Type.query,
  wire.Type.sync,
  wire.Type.functionCall,
]);

const discardAll = wire.query("discard all");

/**
 * Gives each client a session that an earlier client left, put back by `DISCARD ALL`: a new one has to read the
 * catalogs for its first statements, which takes longer than most tests.
 *
 * Kept is what was left idle and never cancelled, and only for clients that introduce themselves in the same words.
 */
export function keepSessions(serverPort: number): KeptSessions {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const keeper = new Keeper(serverPort);
  const accept = async () => {
    for await (const client of listener) void keeper.serve(client);
  };
  const accepting = accept();
  return {
    port: listener.addr.port,
    close: async () => {
      listener.close();
      await accepting;
      keeper.endAll();
    },
  };
}

class Keeper {
  readonly #sessions = new Set<Session>();
  /** The longest kept first. */
  #waiting: Session[] = [];

  constructor(readonly serverPort: number) {}

  /** Resolves when the client is gone. */
  async serve(client: Deno.TcpConn): Promise<void> {
    try {
      const { code, packet, rest } = await readIntroduction(client);
      if (code === wire.StartupCode.cancel) await this.#cancel(packet);
      else await this.#lend(client, packet, rest);
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      closeQuietly(client);
    }
  }

  endAll(): void {
    for (const session of this.#sessions) session.end();
  }

  async #lend(client: Deno.TcpConn, startup: Uint8Array, rest: Uint8Array): Promise<void> {
    const words = startup.join();
    const session = this.#take(words) ?? this.#open(words, startup);
    try {
      await session.serve(client, rest);
      await session.putBack();
    } finally {
      if (session.isKept) this.#waiting.push(session);
      else session.end();
    }
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()!.end();
  }

  #take(words: string): Session | undefined {
    const session = this.#waiting.findLast((waiting) => waiting.words === words);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== session);
    return session;
  }

  #open(words: string, startup: Uint8Array): Session {
    const session = new Session(words, startup, this.serverPort);
    this.#sessions.add(session);
    session.ended.then(() => {
      this.#sessions.delete(session);
      this.#waiting = this.#waiting.filter((waiting) => waiting !== session);
    });
    return session;
  }

  /** Passes a cancel on; as it may strike late, its session is for nobody else. */
  async #cancel(packet: Uint8Array): Promise<void> {
    const pid = wire.readUint32(packet, 8);
    for (const session of this.#sessions) if (session.pid === pid) session.isKept = false;
    const server = await connect(this.serverPort);
    await writeAll(server, packet);
    // The server closes when it has sent the signal.
    await Array.fromAsync(messagesOf(server));
    closeQuietly(server);
  }
}

/** A session of the server, for one client after the other. */
class Session {
  pid = 0;
  /** Whether another client may have it. */
  isKept = true;
  /** When the server has ended it. */
  readonly ended: Promise<void>;
  readonly #server: Promise<Deno.TcpConn>;
  #client: Deno.TcpConn | null = null;
  /** From AuthenticationOk to the first ReadyForQuery. */
  #greeting: Uint8Array[] = [];
  #isGreeted = false;
  /** How many ReadyForQuery are to come, and what is resolved at the last of them. */
  #owed = 1;
  #settled = Promise.withResolvers<void>();
  #status: number = wire.TransactionStatus.idle;

  constructor(readonly words: string, startup: Uint8Array, port: number) {
    this.#server = connect(port);
    this.ended = this.#follow(startup);
  }

  end(): void {
    this.#server.then(closeQuietly, () => {});
  }

  /** Serves a client until one of the two is gone. */
  async serve(client: Deno.TcpConn, rest: Uint8Array): Promise<void> {
    await this.#settled.promise;
    await writeAll(client, wire.concat(this.#greeting));
    if (!this.isKept) return;
    this.#client = client;
    try {
      for await (const messages of messagesOf(client, rest)) {
        const said = messages.filter(([type]) => type !== wire.Type.terminate);
        await this.#send(said);
        if (said.length < messages.length) return;
      }
    } finally {
      this.#client = null;
    }
  }

  /** After a client: undoes what it did to the session, or gives the session up. */
  async putBack(): Promise<void> {
    this.isKept &&= this.#owed === 0 && this.#status === wire.TransactionStatus.idle;
    if (!this.isKept) return;
    await this.#send([discardAll]);
    await this.#settled.promise;
  }

  async #send(messages: Uint8Array[]): Promise<void> {
    if (messages.length === 0) return;
    const asked = messages.filter(([type]) => ANSWERED.has(type)).length;
    if (this.#owed === 0 && asked > 0) this.#settled = Promise.withResolvers();
    this.#owed += asked;
    await writeAll(await this.#server, wire.concat(messages));
  }

  /** Introduces itself and passes on what the server says, until that is gone. */
  async #follow(startup: Uint8Array): Promise<void> {
    try {
      const server = await this.#server;
      await writeAll(server, startup);
      for await (const messages of messagesOf(server)) {
        if (this.#client) await writeAll(this.#client, wire.concat(messages)).catch(() => {});
        messages.forEach((message) => this.#note(message));
      }
      closeQuietly(server);
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      this.isKept = false;
      this.#settled.resolve();
      if (this.#client) closeQuietly(this.#client);
    }
  }

  #note(message: Uint8Array): void {
    if (!this.#isGreeted) this.#greeting.push(message);
    if (message[0] === wire.Type.backendKeyData) this.pid = wire.readUint32(message, 5);
    if (message[0] !== wire.Type.readyForQuery) return;
    this.#isGreeted = true;
    this.#status = message[5];
    if (--this.#owed === 0) this.#settled.resolve();
  }
}

/** The first packet of a client, which has no type byte, and what came with it. */
async function readIntroduction(
  client: Deno.TcpConn,
): Promise<{ code: number; packet: Uint8Array; rest: Uint8Array }> {
  let bytes: Uint8Array = new Uint8Array(0);
  for await (const chunk of received(client)) {
    bytes = wire.concat([bytes, chunk]);
    if (bytes.length < 8) continue;
    const { length, code } = wire.readStartup(bytes);
    if (bytes.length < length) continue;
    return { code, packet: bytes.slice(0, length), rest: bytes.subarray(length) };
  }
  throw new Deno.errors.UnexpectedEof("The client left before it introduced itself");
}

/** The whole messages that arrive together, after `rest`, until the other end is gone. */
async function* messagesOf(
  connection: Deno.TcpConn,
  rest: Uint8Array = new Uint8Array(0),
): AsyncGenerator<Uint8Array[]> {
  const first = wire.splitMessages(rest);
  if (first.messages.length > 0) yield first.messages;
  rest = first.rest;
  for await (const chunk of received(connection)) {
    const next = wire.splitMessages(rest.length > 0 ? wire.concat([rest, chunk]) : chunk);
    if (next.messages.length > 0) yield next.messages;
    rest = next.rest;
  }
}

/** What the other end sends, until it is gone, by whatever way. */
async function* received(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
}

async function connect(port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay();
  return connection;
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Whether an error says that the client or the server is not there any more. */
function isGone(error: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionRefused, ConnectionReset, UnexpectedEof } =
    Deno.errors;
  return [BadResource, BrokenPipe, ConnectionRefused, ConnectionReset, UnexpectedEof]
    .some((kind) => error instanceof kind);
}
