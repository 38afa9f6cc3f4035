import { connectPostgres } from "../../lib/db/connect.ts";
import { migrate } from "../../lib/db/migrate.ts";
import { migrations } from "../../lib/db/migrations/mod.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { DatabaseSource } from "./database_source.ts";

let template: Promise<string> | undefined;

/** A database on the server of `TEST_DATABASE_URL`, cloned from a migrated template. */
export async function createTestDatabase(): Promise<DatabaseSource> {
  const serverUrl = Deno.env.get("TEST_DATABASE_URL");
  if (!serverUrl) throw new Error("TEST_BACKEND=postgres needs TEST_DATABASE_URL");
  const admin = connectPostgres({ url: serverUrl, max: 1 });
  const name = `edge_cron_test_${crypto.randomUUID().replaceAll("-", "")}`;
  template ??= ensureTemplate(admin, serverUrl);
  await admin`create database ${admin(name)} template ${admin(await template)}`;
  const url = withDatabaseName(serverUrl, name);
  return {
    url,
    connect: () => connectPostgres({ url }),
    dispose: async () => {
      await admin`drop database ${admin(name)} with (force)`;
      await admin.end({ timeout: 5 });
    },
  };
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
  const text = new TextEncoder().encode(JSON.stringify(migrations));
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
    await migrate(sql);
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
