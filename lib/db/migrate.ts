import { EdgeCronError, errorMessage } from "../errors.ts";
import { isConnectionError } from "./errors.ts";
import { migrations as ownMigrations } from "./migrations/mod.ts";
import type { AnySql, Sql, Tx } from "./sql.ts";
import { transact } from "./transaction.ts";
import { findTransactionControl } from "./transaction_control.ts";

/** One numbered file: `0001_engine.sql` has id 1 and name `engine`. */
export interface Migration {
  id: number;
  name: string;
  sql: string;
}

/** The migrations of this program fit neither the database nor a transaction; nothing was changed. */
export class MigrationError extends EdgeCronError {
  readonly code = "migration_refused";
}

/** The database refused what is in a migration's file; nothing of it stays. `cause` is the database's error. */
export class FailedMigrationError extends EdgeCronError {
  readonly code = "migration_failed";

  constructor(file: string, override readonly cause: unknown) {
    super(`Migration ${file} failed and was undone: ${errorMessage(cause)}`);
  }
}

export interface MigrateOptions {
  migrations?: readonly Migration[];
  /** Told, in one sentence, what was done and what was found. */
  log?: (sentence: string) => void;
}

interface AppliedRow {
  id: number;
  name: string;
  checksum: string;
}

/** The key of the lock that processes starting at once take in turn; any constant will do. */
const LOCK_KEY = 7_236_450_129;

/**
 * Runs the migrations that have not run, each in a transaction of its own; resolves to their file names.
 *
 * Safe when several processes start at once. Refuses (`MigrationError`) a changed file that already ran,
 * one numbered below the last that ran, and one to run with transaction control of its own. A newer database is accepted: an older revision meets it during a deploy.
 * Throws `FailedMigrationError` that names the file, or what a database that is away throws.
 */
export async function migrate(sql: Sql, options: MigrateOptions = {}): Promise<string[]> {
  const { migrations = ownMigrations, log = () => {} } = options;
  const wanted = await withChecksums(migrations);
  const applied = await readApplied(sql);
  reportUnknown(applied, wanted, log);
  const pending = findPending(applied, wanted);
  pending.forEach(refuseTransactionControl);
  const done = [];
  for (const migration of pending) {
    const ran = await transact(sql, (tx) => runOnce(tx, migration, wanted)).catch((error) => {
      if (error instanceof EdgeCronError || isConnectionError(error)) throw error;
      throw new FailedMigrationError(fileName(migration), error);
    });
    if (!ran) continue;
    done.push(fileName(migration));
    log(`Ran migration ${fileName(migration)}.`);
  }
  return done;
}

/** The file names of the migrations that have not run; writes nothing. Throws as `migrate` does. */
export async function pendingMigrations(
  sql: Sql,
  migrations: readonly Migration[] = ownMigrations,
): Promise<string[]> {
  return findPending(await readApplied(sql), await withChecksums(migrations)).map(fileName);
}

type Checked = Migration & { checksum: string };

/** Runs one migration, unless another process has done so while this one waited for the lock. */
async function runOnce(tx: Tx, migration: Checked, wanted: Checked[]): Promise<boolean> {
  await tx`select pg_advisory_xact_lock(${LOCK_KEY})`;
  await tx`
    create table if not exists schema_migrations (
      id integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz(3) not null default date_trunc('milliseconds', now())
    )`;
  const pending = findPending(await readApplied(tx), wanted);
  if (!pending.some(({ id }) => id === migration.id)) return false;
  await tx.unsafe(migration.sql).simple();
  await tx`
    insert into schema_migrations (id, name, checksum)
    values (${migration.id}, ${migration.name}, ${migration.checksum})`;
  return true;
}

/** What has run, oldest number first; nothing where the table is not there yet. */
async function readApplied(sql: AnySql): Promise<AppliedRow[]> {
  const [{ exists }] = await sql<{ exists: boolean }[]>`
    select to_regclass('schema_migrations') is not null as exists`;
  if (!exists) return [];
  return await sql<AppliedRow[]>`
    select id, name, checksum
    from schema_migrations
    order by id`;
}

function findPending(applied: AppliedRow[], wanted: Checked[]): Checked[] {
  const appliedById = new Map(applied.map((row) => [row.id, row]));
  const lastId = applied.at(-1)?.id ?? 0;
  return wanted.filter((migration) => {
    const row = appliedById.get(migration.id);
    if (row && row.checksum !== migration.checksum) {
      throw new MigrationError(
        `Cannot migrate: ${fileName(migration)} has changed since it ran` +
          (row.name === migration.name ? "" : ` (as ${fileName(row)})`) +
          ". Restore the file and write a new migration instead.",
      );
    }
    if (!row && migration.id < lastId) {
      throw new MigrationError(
        `Cannot migrate: ${fileName(migration)} has not run, but number ${lastId} has. ` +
          `Give it a number above ${lastId}.`,
      );
    }
    return !row;
  });
}

/** Where a file committed half of itself, nothing could undo that half. */
function refuseTransactionControl(migration: Migration): void {
  const statement = findTransactionControl(migration.sql);
  if (statement === undefined) return;
  throw new MigrationError(
    `Cannot migrate: ${fileName(migration)} has the statement "${statement}", but a file is one ` +
      "transaction, done whole or not at all. Take the statement out; nothing was changed.",
  );
}

function reportUnknown(
  applied: AppliedRow[],
  wanted: Checked[],
  log: (sentence: string) => void,
): void {
  const unknown = applied.filter(({ id }) => !wanted.some((migration) => migration.id === id));
  if (unknown.length === 0) return;
  log(
    `The database is newer than this program: it has ${unknown.map(fileName).join(", ")}. ` +
      "Going on, since an older revision may run beside a newer one.",
  );
}

/** Also checks that the numbers rise; throws `RangeError`. */
async function withChecksums(migrations: readonly Migration[]): Promise<Checked[]> {
  const checked = [];
  let lastId = 0;
  for (const migration of migrations) {
    if (!Number.isInteger(migration.id) || migration.id <= lastId) {
      throw new RangeError(
        `Cannot run migrations as their numbers must rise: ${
          fileName(migration)
        } follows ${lastId}`,
      );
    }
    lastId = migration.id;
    checked.push({ ...migration, checksum: await checksum(migration.sql) });
  }
  return checked;
}

/** SHA-256 of the text; line endings and blanks at their ends do not count, as checkouts differ in them. */
async function checksum(text: string): Promise<string> {
  const normalised = text.replace(/[^\S\n]*(\r?\n|$)/g, "\n").trim();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(normalised));
  return new Uint8Array(digest).toHex();
}

function fileName({ id, name }: { id: number; name: string }): string {
  return `${String(id).padStart(4, "0")}_${name}.sql`;
}
