/** The SQL behind sessions: the database's time, the secret that signs them where none is configured, and those that were ended. */
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";

export interface SessionState {
  now: Date;
  /** Null until the first sign-in made one. */
  session_secret: string | null;
  is_ended: boolean;
}

/** What is needed to judge the session with an id; one statement, since every request of a session asks. */
export async function readSessionState(
  sql: Sql,
  clock: Clock,
  id: string,
): Promise<SessionState> {
  const [state] = await sql<SessionState[]>`
    select
      ${clock.now(sql)} as now,
      session_secret,
      exists (select from ended_sessions where id = ${id}) as is_ended
    from engine_state`;
  return state;
}

/** Ends a session for whoever holds its cookie; one that is ended already stays so. */
export async function endSession(
  sql: Sql,
  { id, expiresAt }: { id: string; expiresAt: Date },
): Promise<void> {
  await sql`
    insert into ended_sessions (id, expires_at)
    values (${id}, ${expiresAt})
    on conflict (id) do nothing`;
}

/** Keeps a secret unless one is kept already; returns the one that is. */
export async function keepSessionSecret(sql: Sql, secret: string): Promise<string> {
  const [state] = await sql<{ session_secret: string }[]>`
    update engine_state
    set session_secret = coalesce(session_secret, ${secret})
    returning session_secret`;
  return state.session_secret;
}
