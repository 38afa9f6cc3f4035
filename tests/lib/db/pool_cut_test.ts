/** What a pool makes of sockets that end in the ways that cannot be brought about from outside at will. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import postgres from "postgres";
import { isConnectionError } from "../../../lib/db/errors.ts";
import type { ConnectionOptions } from "../../../lib/db/pool.ts";
import { createPool } from "../../../lib/db/pooled_sql.ts";
import type { Sql } from "../../../lib/db/sql.ts";
import { settled } from "../../support/until.ts";

/** A server at the other end of the driver's socket, which answers each simple query with no rows until it ends. */
class FakeSocket extends EventEmitter {
  readyState: "open" | "closed" = "open";
  readonly received: string[] = [];
  answers = true;

  write(bytes: Uint8Array): boolean {
    queueMicrotask(() => this.receive(Buffer.from(bytes)));
    return true;
  }

  /** As a socket does whose peer is gone; its end is told later. */
  fail(): void {
    this.answers = false;
    this.emit("error", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
  }

  close(hadError: boolean): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.emit("close", hadError);
  }

  end(): void {
    queueMicrotask(() => this.close(false));
  }

  destroy(): void {
    this.end();
  }

  private receive(bytes: Buffer): void {
    if (this.readyState === "closed") return;
    const type = String.fromCharCode(bytes[0]);
    if (type === "Q") this.received.push(bytes.toString("utf8", 5, bytes.length - 1));
    if (!this.answers) return;
    this.emit("data", Buffer.concat([...answer(type), message("Z", "I")]));
  }
}

/** To a simple query, to an extended one without parameters, or to the start. */
function answer(type: string): Buffer[] {
  const done = message("C", "SELECT 0\0");
  if (type === "Q") return [done];
  if (type === "P") return [message("1"), message("t", "\0\0"), message("n"), message("2"), done];
  return [message("R", "\0\0\0\0")];
}

/** A message of the protocol: its type, its length with these four bytes, its body. */
function message(type: string, body = ""): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

/** Of the sockets those at the `silent` places never answer; `refuse` lets none be made until `allow`, and resolves when one was asked for. */
function poolOfFakes(
  max: number,
  answerMs: number | null = null,
  silent: number[] = [],
): { pool: Sql; sockets: FakeSocket[]; refuse: () => Promise<void>; allow: () => void } {
  const sockets: FakeSocket[] = [];
  let refused: (() => void) | null = null;
  const connect = (own: ConnectionOptions) => {
    const options: postgres.Options<Record<never, never>> & { socket: () => FakeSocket } = {
      ...own,
      socket: () => {
        if (refused) {
          refused();
          throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        }
        const socket = new FakeSocket();
        socket.answers = !silent.includes(sockets.length);
        sockets.push(socket);
        return socket;
      },
      host: "fake",
      user: "fake",
      database: "fake",
      pass: "none",
      ssl: false,
      fetch_types: false,
    };
    return postgres(options);
  };
  const refuse = () => new Promise<void>((resolve) => refused = resolve);
  const allow = () => void (refused = null);
  const pool = createPool(connect, { max, idleMs: null, answerMs, refusedMs: 50 });
  return { pool, sockets, refuse, allow };
}

const send = (pool: Sql, text: string) => pool.unsafe(text).then(() => text);

/** After the timer of 0 ms by which the driver ends a connection. */
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

async function assertLost(sent: Promise<unknown>): Promise<void> {
  const error = await assertRejects(() => settled("the statement ends", sent));
  assert(isConnectionError(error), `${error}`);
}

Deno.test("a statement between a socket's error and its end is rejected at the end", async () => {
  const { pool, sockets } = poolOfFakes(1);
  await send(pool, "first");
  sockets[0].fail();
  const second = send(pool, "second");
  second.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  sockets[0].close(true);
  await assertLost(second);
  assertEquals(await settled("the next is answered", send(pool, "third")), "third");
  assertEquals(sockets[1].received, ["third"]);
  await pool.end();
});

Deno.test("a transaction between a socket's error and its end is rejected at the end", async () => {
  const { pool, sockets } = poolOfFakes(1);
  await send(pool, "first");
  sockets[0].fail();
  let worked = false;
  const second = pool.begin(() => {
    worked = true;
    return Promise.resolve();
  });
  second.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  sockets[0].close(true);
  await assertLost(second);
  assertEquals(worked, false);
  await settled("the next is carried out", pool.begin((tx) => send(tx as unknown as Sql, "work")));
  assertEquals(sockets[1].received, ["begin ", "work"]);
  await pool.end();
});

Deno.test("who meets a socket's error goes on with another connection before it has ended", async () => {
  const { pool, sockets } = poolOfFakes(1);
  await send(pool, "first");
  sockets[0].answers = false;
  const second = send(pool, "second");
  second.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  sockets[0].fail();
  await assertLost(second);
  assertEquals(await settled("the next is answered", send(pool, "third")), "third");
  sockets[0].close(true);
  assertEquals(await settled("the last is answered", send(pool, "fourth")), "fourth");
  assertEquals(sockets.map(({ received }) => received), [
    ["first", "second"],
    ["third", "fourth"],
  ]);
  await pool.end();
});

Deno.test("a write that was planned when a socket ended holds up no other statement", async () => {
  const { pool, sockets } = poolOfFakes(1);
  await send(pool, "first");
  const second = send(pool, "second");
  second.catch(() => {});
  // The driver has been given the statement, and has not written it yet.
  await Promise.resolve();
  await Promise.resolve();
  sockets[0].close(false);
  await assertLost(second);
  assertEquals(await settled("the next is answered", send(pool, "third")), "third");
  await pool.end();
});

Deno.test("a statement that is not answered in time is rejected, and its connection given up", async () => {
  const { pool, sockets } = poolOfFakes(1, 100);
  await send(pool, "first");
  sockets[0].answers = false;
  const silent = send(pool, "second");
  const behind = send(pool, "third");
  await assertLost(silent);
  assertEquals(await settled("who waited is answered", behind), "third");
  assertEquals(sockets.at(-1)!.received, ["third"]);
  await pool.end();
});

Deno.test("a statement that cannot even be cancelled is rejected, and nothing else is", async () => {
  const { pool, sockets, refuse } = poolOfFakes(1, 100);
  await send(pool, "first");
  sockets[0].answers = false;
  const refused = refuse();
  await assertLost(send(pool, "second"));
  // A rejection that nobody hears would end the program, or this test.
  await settled("the cancel is refused", refused);
  await nextTurn();
  assertEquals(sockets.length, 1);
  await pool.end();
});

Deno.test("a transaction that is not answered in time is rejected, and its connection given up", async () => {
  const { pool, sockets } = poolOfFakes(1, 100);
  await send(pool, "first");
  const silent = pool.begin(async (tx) => {
    sockets[0].answers = false;
    await send(tx as unknown as Sql, "second");
  });
  await assertLost(silent);
  assertEquals(await settled("the next is answered", send(pool, "third")), "third");
  await pool.end();
});

Deno.test("a connection that is never made is a lost one to who waits for it", async () => {
  const { pool } = poolOfFakes(1, 100, [0]);
  await assertLost(send(pool, "first"));
  assertEquals(await settled("the next is answered", send(pool, "second")), "second");
  await pool.end();
});

Deno.test("connections made ahead that never answer are given up, and others are made", async () => {
  const { pool, sockets } = poolOfFakes(6, 100, [1, 2]);
  await send(pool, "first");
  sockets[0].answers = false;
  const sent = ["second", "third", "fourth"].map((text) => send(pool, text));
  await Promise.all(sent.map(assertLost));
  assertEquals(await settled("the next is answered", send(pool, "fifth")), "fifth");
  await pool.end();
});

Deno.test("who waits gets a further connection as soon as the server gives one again", async () => {
  const { pool, sockets, refuse, allow } = poolOfFakes(2);
  await send(pool, "first");
  sockets[0].answers = false;
  const long = send(pool, "second");
  const refused = refuse();
  const waiting = send(pool, "third");
  await settled("another connection is refused", refused);
  allow();
  assertEquals(await settled("who waited is answered", waiting), "third");
  sockets[0].close(false);
  await assertLost(long);
  await pool.end();
  await nextTurn();
});
