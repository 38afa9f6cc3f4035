import { type ConnectionOptions, Pool, type PoolOptions } from "./pool.ts";
import type { Sql } from "./sql.ts";
import { isStatement } from "./statement.ts";

/** What is refused at once: see `Sql`. */
const NEEDS_A_SESSION = new Set<PropertyKey>(["reserve", "listen", "subscribe", "largeObject"]);

/** The driver's ways to write SQL, over a `Pool` of ours. */
export function createPool(
  connect: (options: ConnectionOptions) => Sql,
  options: PoolOptions,
): Sql {
  const pool = new Pool(connect, options);
  const route = <Made>(made: Made): Made => {
    if (isStatement(made)) made.handler = (statement) => pool.send(statement);
    return made;
  };
  const own: Partial<Record<PropertyKey, unknown>> = {
    unsafe: (...args: Parameters<Sql["unsafe"]>) => route(pool.maker.unsafe(...args)),
    begin: (...args: Parameters<Sql["begin"]>) => pool.lend((sql) => sql.begin(...args)),
    file: (...args: Parameters<Sql["file"]>) => pool.lend((sql) => sql.file(...args)),
    notify: (channel: string, payload: string) => pool.lend((sql) => sql.notify(channel, payload)),
    end: (options?: { timeout?: number }) => pool.end(options),
  };
  return new Proxy(pool.maker, {
    apply: (target, self, args) => route(Reflect.apply(target, self, args)),
    get(target, name) {
      if (NEEDS_A_SESSION.has(name)) {
        throw new TypeError(
          `sql.${
            String(name)
          }() would need a session of its own: take a transaction or a connection`,
        );
      }
      return own[name] ?? Reflect.get(target, name);
    },
  });
}
