import { finished, Readable, Writable } from "node:stream";
import { ConnectionLostError } from "./errors.ts";
import type { Sql } from "./sql.ts";

/** A query of the driver's (Postgres.js 3.4.9, `query.js`): its handler sends it, when it is first awaited. */
export interface Statement extends Promise<unknown> {
  handler(statement: Statement): void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Whether it has been sent. */
  readonly active: boolean;
  /** True when it was cancelled, and rejected, before it was sent. */
  readonly cancelled: unknown;
  /** Asks the server, on a connection of its own, to stop; the driver's own `cancel` lets nobody know if it fails. */
  canceller: ((statement: Statement) => Promise<unknown>) | null;
}

export function isStatement(made: unknown): made is Statement {
  return made instanceof Promise && "handler" in made;
}

/** Sends a statement on a driver's pool of one, and tells once when its connection is free, and what it ended with. */
export function carryOut(
  statement: Statement,
  sql: Sql,
  onFree: (error?: unknown) => void,
): void {
  // The driver would never send it, and never be free again.
  if (statement.cancelled) return onFree();
  const { handler, canceller } = sql.unsafe("") as unknown as Statement;
  statement.canceller = canceller;
  onEnd(statement, (value) => {
    if (!(value instanceof Readable || value instanceof Writable)) return onFree();
    // A copy has the connection until its stream is through; broken off, it leaves the rest of it in there.
    const lost = new ConnectionLostError("The copy was broken off");
    finished(value, (error) => onFree(error ? lost : undefined));
  }, onFree);
  handler(statement);
}

/**
 * Hears how a statement ends, once, after who waits for it has been told.
 *
 * Not by its `then`, which would send it, nor by that of its promise: a cursor's iterator puts functions of its own
 * in the place of `resolve` and `reject` for each of its steps, and never settles the promise.
 */
function onEnd(
  statement: Statement,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
): void {
  let isOver = false;
  const listen = <T>(name: "resolve" | "reject", heard: (value: T) => void) => {
    let settle = statement[name];
    Object.defineProperty(statement, name, {
      get: () => (value: T) => {
        settle(value);
        if (isOver) return;
        isOver = true;
        queueMicrotask(() => heard(value));
      },
      set: (next: typeof settle) => settle = next,
    });
  };
  listen("resolve", onValue);
  listen("reject", onError);
}
