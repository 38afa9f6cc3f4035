import { type LoggedError, recordErrors } from "../../jobs/learning/error_logs_store.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { MONDAY_NOON } from "./run_job.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** So many milliseconds before an instant, noon of the tests' Monday where none is given. */
export function ago(ms: number, from: Date = MONDAY_NOON): Date {
  return new Date(from.getTime() - ms);
}

/** A flagged word: "teh", corrected to "the" an hour ago, unless the test says otherwise. */
export function anError(fields: Partial<LoggedError> = {}): LoggedError {
  return {
    userId: "ann",
    sessionId: "monday",
    word: "teh",
    correction: "the",
    occurredAt: ago(HOUR_MS),
    ...fields,
  };
}

/** The same word, left alone once in each of the sessions. */
export function leftAlone(
  sessions: string[],
  fields: Partial<LoggedError> = {},
): LoggedError[] {
  return sessions.map((sessionId) =>
    anError({ word: "kubectl", correction: null, sessionId, ...fields })
  );
}

/** So many corrections whose pairs all differ; `from` numbers the first. */
export function distinctPairs(
  count: number,
  { from = 0, ...fields }: Partial<LoggedError> & { from?: number } = {},
): LoggedError[] {
  return Array.from({ length: count }, (_, i) => {
    const ending = letters(from + i);
    return anError({ word: `wrod${ending}`, correction: `word${ending}`, ...fields });
  });
}

/** Writes the errors as the product does, patterns included. */
export async function log(sql: Sql, ...errors: LoggedError[]): Promise<void> {
  await recordErrors(sql, errors);
}

/** Users without any error. */
export async function addUsers(sql: Sql, userIds: string[]): Promise<void> {
  await sql`
    insert into users (user_id)
    select * from unnest(${userIds}::text[])`;
}

/** Makes every write of one user's rows to a table fail, as a constraint that was missed would. */
export async function refuseWrites(sql: Sql, table: string, userId: string): Promise<void> {
  await sql.unsafe(`
    create function refuse_write() returns trigger language plpgsql as $$
    begin
      if new.user_id = '${userId}' then
        raise exception 'No row of % is accepted', new.user_id;
      end if;
      return new;
    end $$;
    create trigger refuse_write before insert or update on ${table}
    for each row execute function refuse_write();`);
}

/** 0 is "aa", 1 is "ab": words have letters only. */
function letters(number: number): string {
  return String.fromCharCode(97 + Math.floor(number / 26), 97 + number % 26);
}
