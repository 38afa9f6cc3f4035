import type { EmbeddedDatabase } from "./embedded.ts";
import type { EmbeddedSession } from "./embedded_session.ts";

/** A port on which the embedded database speaks Postgres' own protocol. */
export interface SqlServer {
  /** The port in use, also when 0 was asked for. */
  port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/**
 * Lets psql and its like look into the embedded database, on loopback only, without a password, under
 * any user and database name: `psql -h 127.0.0.1 -p PORT`.
 *
 * All share one session of Postgres with the program: settings and temporary tables last until the end of the
 * transaction, and a transaction left open is rolled back after a while. Throws `Deno.errors.AddrInUse`.
 */
export function serveSql({ backend }: EmbeddedDatabase, port: number): SqlServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  const connections = new Map<Deno.TcpConn, Promise<void>>();
  const accept = async () => {
    for await (const connection of listener) {
      const done = serveConnection(connection, backend).finally(() =>
        connections.delete(connection)
      );
      connections.set(connection, done);
    }
  };
  const accepting = accept();
  return {
    port: listener.addr.port,
    close: async () => {
      listener.close();
      await accepting;
      const open = [...connections];
      for (const [connection] of open) closeQuietly(connection);
      await Promise.all(open.map(([, done]) => done));
    },
  };
}

async function serveConnection(
  connection: Deno.TcpConn,
  backend: EmbeddedDatabase["backend"],
): Promise<void> {
  let sent = Promise.resolve();
  const session: EmbeddedSession = backend.open({
    send: (bytes) => {
      sent = sent.then(() => writeAll(connection, bytes)).catch(() => session.vanish());
    },
    close: () => {
      sent = sent.then(() => closeQuietly(connection));
    },
  }, true);
  for await (const bytes of received(connection)) session.receive(bytes);
  session.vanish();
  await sent;
  closeQuietly(connection);
}

/** What the client sends, until it is gone, by whatever way. */
async function* received(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return;
    yield buffer.slice(0, length);
  }
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
