import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ConnectionLostError } from "./errors.ts";

/** Where the driver wants a socket to: hosts and ports of its URL, or the path of a Unix socket. */
interface Target {
  host: string[];
  port: number[];
  path?: string | false;
}

/**
 * What makes the sockets of one connection, and none after one that ended before the server answered.
 *
 * The driver (Postgres.js 3.4.9) dials again at once, and without end, where something accepts a connection and
 * closes it, as a proxy does whose server is down, and who waits hears nothing of it (in its `connection.js`:
 * `closed`, `initial`). A connection that was answered is dialled again for a cancel.
 *
 * Rejects with the socket's error, or with `ConnectionLostError`, as it does after `timeoutMs`.
 */
export function dialUntilAnswered(timeoutMs: number): (target: Target) => Promise<Socket> {
  let isDialled = false;
  let isAnswered = false;
  return async ({ host: [host], port: [port], path }) => {
    if (isDialled && !isAnswered) {
      throw new ConnectionLostError("The database's server closed the connection unanswered");
    }
    isDialled = true;
    const socket = path ? connect(path) : connect(port, host);
    socket.once("data", () => isAnswered = true);
    const tooLong = `The database's server did not take the connection within ${
      timeoutMs / 1_000
    } s`;
    const timer = setTimeout(() => socket.destroy(new ConnectionLostError(tooLong)), timeoutMs);
    try {
      await once(socket, "connect");
    } finally {
      clearTimeout(timer);
    }
    // By its host the driver knows a server's certificate.
    return Object.assign(socket, { host });
  };
}
