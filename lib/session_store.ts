/** The SQL behind sessions: the database's time, and the secret that signs them where none is configured. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

/** What is needed to judge a session; the secret is null until the first sign-in made one. */
export async function readSessionState(
  sql: Sql,
  clock: Clock,
): Promise<{ now: Date; session_secret: string | null }> {
  const [state] = await sql<{ now: Date; session_secret: string | null }[]>`
    select ${clock.now(sql)} as now, session_secret
    from engine_state`;
  return state;
}

/** Keeps a secret unless one is kept already; returns the one that is. */
export async function keepSessionSecret(sql: Sql, secret: string): Promise<string> {
  const [state] = await sql<{ session_secret: string }[]>`
    update engine_state
    set session_secret = coalesce(session_secret, ${secret})
    returning session_secret`;
  return state.session_secret;
}
