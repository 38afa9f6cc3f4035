import { connect, type Socket } from "node:net";
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { databaseClock } from "../../lib/clock.ts";
import { raceTest } from "./setup.ts";

const LATE_MS = 2_000;

/** The first byte of the message that has a prepared statement carried out. */
const BIND = "B".charCodeAt(0);

raceTest(
  "a statement that waits between being prepared and carried out has the time at which it is carried out",
  async ({ url }) => {
    const { hostname, port, pathname } = new URL(url);
    const options: postgres.Options<Record<never, never>> & { socket: () => Promise<Socket> } = {
      socket: () => connectSlowly(hostname, Number(port)),
      user: "postgres",
      database: pathname.slice(1),
      max: 1,
    };
    const sql = postgres(options);
    const [row] = await sql`
      select extract(epoch from clock_timestamp() - ${databaseClock.now(sql)}) * 1000 < ${
      LATE_MS / 2
    } as is_true`;
    await sql.end();
    assertEquals(row, { is_true: true });
  },
);

/** A connection whose process seems to freeze before each statement is carried out. */
function connectSlowly(host: string, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(port, host, () => {
    const write = socket.write.bind(socket) as (bytes: Uint8Array) => boolean;
    socket.write = (bytes: Uint8Array | string) => {
      const isBind = typeof bytes !== "string" && bytes[0] === BIND;
      setTimeout(() => write(bytes as Uint8Array), isBind ? LATE_MS : 0);
      return true;
    };
    resolve(socket);
  });
  socket.on("error", reject);
  return promise;
}
