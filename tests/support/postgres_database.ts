import { connectPostgres } from "../../lib/db/connect.ts";
import { migrations } from "../../lib/db/migrations/mod.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { DatabaseSource } from "./database_source.ts";
import { install, putBack, resetSql } from "./put_back.ts";

let template: Promise<string> | undefined;

/** The address of the one that the tests of this process share on a server that ends with them. */
let kept: string | undefined;

/** A migrated database on the server of `TEST_DATABASE_URL`. */
export async function createTestDatabase(): Promise<DatabaseSource> {
  const serverUrl = Deno.env.get("TEST_DATABASE_URL");
  if (!serverUrl) throw new Error("TEST_BACKEND=postgres needs TEST_DATABASE_URL");
  const keptPort = Deno.env.get("TEST_DATABASE_KEPT_PORT");
  return keptPort ? await shareDatabase(serverUrl, keptPort) : await createDatabase(serverUrl);
}

/** One that is put back before each test, as are the sessions of its first pool: both anew would take ten times as long. */
async function shareDatabase(serverUrl: string, keptPort: string): Promise<DatabaseSource> {
  const connectKept = () => connectPostgres({ url: withPort(kept!, keptPort) });
  const pool = await takeKept(connectKept) ?? await cloneAnew();
  let isTaken = false;
  return {
    url: kept!,
    connect: () => {
      if (isTaken) return connectPostgres({ url: kept! });
      isTaken = true;
      return pool;
    },
    dispose: () => Promise.resolve(),
  };

  async function cloneAnew(): Promise<Sql> {
    kept = await asAdmin(serverUrl, (admin) => cloneTemplate(admin, serverUrl));
    return connectKept();
  }
}

/** A pool on the kept database, when there is one and it could be put back. */
async function takeKept(connectKept: () => Sql): Promise<Sql | null> {
  if (kept === undefined) return null;
  const pool = connectKept();
  // What is left of the test before, such as a transaction of a process that was killed.
  await pool`
    select pg_terminate_backend(pid, 5000)
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      and state <> 'idle'`;
  if (await putBack(pool)) {
    await pool`select pg_stat_reset()`;
    return pool;
  }
  await pool.end({ timeout: 1 });
  return null;
}

/** One of the test's own, removed at its end. */
async function createDatabase(serverUrl: string): Promise<DatabaseSource> {
  const url = await asAdmin(serverUrl, (admin) => cloneTemplate(admin, serverUrl));
  const name = new URL(url).pathname.slice(1);
  return {
    url,
    connect: () => connectPostgres({ url }),
    dispose: () =>
      asAdmin(serverUrl, async (admin) => {
        await admin`drop database ${admin(name)} with (force)`;
      }),
  };
}

/** The address of a new database. */
async function cloneTemplate(admin: Sql, serverUrl: string): Promise<string> {
  const name = `edge_cron_test_${crypto.randomUUID().replaceAll("-", "")}`;
  template ??= ensureTemplate(admin, serverUrl);
  await admin`create database ${admin(name)} template ${admin(await template)}`;
  return withDatabaseName(serverUrl, name);
}

/** Removes what the tests leave on a server that goes on living. */
export async function dropTemplate(serverUrl: string): Promise<void> {
  await asAdmin(serverUrl, async (admin) => {
    await admin`drop database if exists ${admin(await templateName())} with (force)`;
  });
}

/** Runs `act` on one connection to the server's own database. */
export async function asAdmin<T>(serverUrl: string, act: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = connectPostgres({ url: serverUrl, max: 1 });
  try {
    return await act(admin);
  } finally {
    await admin.end({ timeout: 5 });
  }
}

/** The template's name holds what it was made of, so that another revision's is never used. */
async function templateName(): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify([migrations, resetSql]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `edge_cron_template_${digest.toHex().slice(0, 16)}`;
}

/** Makes the template, under another name until it is whole; several processes may try at once. */
async function ensureTemplate(admin: Sql, serverUrl: string): Promise<string> {
  const name = await templateName();
  const isThere = async () =>
    (await admin`select from pg_database where datname = ${name}`).length > 0;
  if (await isThere()) return name;
  const unfinished = `${name}_${crypto.randomUUID().slice(0, 8)}`;
  await admin`create database ${admin(unfinished)}`;
  const sql = connectPostgres({ url: withDatabaseName(serverUrl, unfinished), max: 1 });
  try {
    await install(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
  try {
    await admin`alter database ${admin(unfinished)} rename to ${admin(name)}`;
  } catch (error) {
    if (!await isThere()) throw error;
    await admin`drop database ${admin(unfinished)}`;
  }
  return name;
}

function withDatabaseName(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function withPort(serverUrl: string, port: string): string {
  const url = new URL(serverUrl);
  url.port = port;
  return url.href;
}
