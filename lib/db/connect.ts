import postgres from "postgres";
import { ARRAY_TYPES } from "./array_types.ts";
import { dialUntilAnswered } from "./dial.ts";
import type { ConnectionOptions } from "./pool.ts";
import { createPool } from "./pooled_sql.ts";
import type { Sql } from "./sql.ts";

export interface PostgresOptions {
  url: string;
  /** Named prepared statements; `auto` asks `usesPreparedStatements`. */
  prepare?: "auto" | boolean;
  /** Most connections at once, 12 by default: two more than the runs of a process, which each may hold one. */
  max?: number;
  /** See `PoolOptions`; null by default. */
  answerMs?: number | null;
  applicationName?: string;
  /** On Deno Deploy connections tend to go through a transaction pooler. */
  isDeploy?: boolean;
  /** Is told each statement's text before it is sent. */
  onSend?: (text: string) => void;
}

/** How long a server may take to accept a connection, and as long again for its first answer. */
const CONNECT_S = 10;

/** The driver's own types leave `socket` out. */
type DriverOptions = Parameters<typeof postgres>[1] & {
  socket: ReturnType<typeof dialUntilAnswered>;
};

/** Parameters that libpq or an ORM understands and a server refuses. */
const CLIENT_PARAMETERS = [
  "channel_binding",
  "connection_limit",
  "gssencmode",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "pgbouncer",
  "pool_timeout",
  "schema",
  "socket_timeout",
  "sslcert",
  "sslkey",
  "statement_cache_size",
  "tcp_user_timeout",
];

/**
 * A pool of connections to a Postgres server; none is opened before the first statement.
 *
 * No session state is set on them: behind a transaction pooler it would leak into other sessions. What they ask
 * for at their start is what poolers keep by client: the name, and dates as ISO 8601, which is all that the
 * driver reads, whatever the database's `datestyle` (source: PgBouncer's manual, `track_extra_parameters`).
 */
export function connectPostgres(options: PostgresOptions): Sql {
  const { url, prepare = "auto", max = 12, isDeploy = false, onSend } = options;
  const connect = (own: ConnectionOptions) => {
    const all: DriverOptions = {
      ...own,
      socket: dialUntilAnswered(CONNECT_S * 1_000),
      prepare: usesPreparedStatements(url, prepare, isDeploy),
      connect_timeout: CONNECT_S,
      connection: { application_name: options.applicationName ?? "edge-cron", DateStyle: "ISO" },
      onnotice: () => {},
      fetch_types: false,
      types: ARRAY_TYPES,
      ...(onSend && { debug: (_connection: number, text: string) => onSend(text) }),
    };
    return postgres(toDriverUrl(url), all);
  };
  return createPool(connect, {
    max,
    idleMs: isDeploy ? 10_000 : 60_000,
    answerMs: options.answerMs ?? null,
  });
}

/**
 * Whether statements are prepared by name: as set, or where `auto` unless something says that a
 * transaction pooler stands between, which would lose them (on Deploy, `pgbouncer=true`, port 6543, a
 * host with `-pooler` or `pooler.` in it).
 */
export function usesPreparedStatements(
  url: string,
  setting: "auto" | boolean,
  onDeploy: boolean,
): boolean {
  if (setting !== "auto") return setting;
  const { hostname, port, searchParams } = new URL(url);
  return !onDeploy && searchParams.get("pgbouncer") !== "true" && port !== "6543" &&
    !/-pooler|pooler\./.test(hostname);
}

/** The URL without those parameters that the driver would pass on to a server that refuses them. */
export function toDriverUrl(url: string): string {
  const parsed = new URL(url);
  for (const name of CLIENT_PARAMETERS) parsed.searchParams.delete(name);
  return parsed.href;
}
