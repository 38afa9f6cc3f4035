import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MigrationError } from "../../lib/db/migrate.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { openTestApp, testAppWithoutDatabase } from "../support/app.ts";
import { databaseTest } from "../support/database.ts";

const ANYBODY = { as: null };

async function setLastTick(sql: Sql, secondsAgo: number): Promise<void> {
  await sql`
    update engine_state
    set last_tick_at = now() - ${secondsAgo} * interval '1 second', last_tick_source = 'cron'`;
}

Deno.test("/healthz answers without the database", async () => {
  await using test = testAppWithoutDatabase();
  assertEquals(await test.getJson("/healthz", ANYBODY), { status: "ok" });
});

Deno.test("/readyz without the database is a 503 that says which check failed", async () => {
  await using test = testAppWithoutDatabase();
  const response = await test.request("GET", "/readyz", ANYBODY);
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("Retry-After"), "5");
  const { status, checks } = await response.json();
  assertEquals(status, "not_ready");
  assertEquals(checks.database, { ok: false, detail: "cannot be reached" });
  assertEquals(checks.migrations.detail, "not looked at");
});

databaseTest("/readyz is 200 when every check passes, and shows the last tick", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await setLastTick(sql, 45);
  const response = await test.request("GET", "/readyz", ANYBODY);
  assertEquals(response.status, 200);
  const { status, checks } = await response.json();
  assertEquals(status, "ready");
  assertEquals(checks.migrations, { ok: true, detail: "all ran" });
  assert(checks.last_tick.ok);
  assertEquals(checks.last_tick.source, "cron");
  assertEquals(Math.floor(checks.last_tick.age_seconds / 5), 9);
});

databaseTest(
  "/readyz tells a stale tick, then ticks, so that the next one is fine",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await setLastTick(sql, 91);
    const first = await test.request("GET", "/readyz", ANYBODY);
    assertEquals(first.status, 503);
    assertEquals((await first.json()).checks.last_tick.ok, false);
    const second = await test.request("GET", "/readyz", ANYBODY);
    assertEquals(second.status, 200);
    assertEquals((await second.json()).checks.last_tick.source, "readyz");
  },
);

databaseTest("/readyz leaves a fresh tick alone", async ({ sql }) => {
  await using test = await openTestApp(sql);
  await setLastTick(sql, 80);
  await test.request("GET", "/readyz", ANYBODY);
  const [{ last_tick_source }] = await sql`select last_tick_source from engine_state`;
  assertEquals(last_tick_source, "cron");
});

databaseTest("/readyz names the migrations that are missing", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    pendingMigrations: () => Promise.resolve(["0009_later.sql"]),
  });
  const response = await test.request("GET", "/readyz", ANYBODY);
  assertEquals(response.status, 503);
  const { checks } = await response.json();
  assert(checks.database.ok);
  assertEquals(checks.migrations, { ok: false, detail: "missing: 0009_later.sql" });
});

databaseTest("/readyz names a migration that cannot go on", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    pendingMigrations: () => Promise.reject(new MigrationError("0001_engine.sql has changed")),
  });
  const response = await test.request("GET", "/readyz", ANYBODY);
  assertEquals(response.status, 503);
  assertStringIncludes((await response.json()).checks.migrations.detail, "0001_engine.sql");
});

databaseTest("/readyz expects no tick on a timeline that runs no schedules", async ({ sql }) => {
  await using test = await openTestApp(sql, {
    env: { DENO_DEPLOY: "1", DENO_TIMELINE: "git-branch/x" },
  });
  await sql`update engine_state set last_tick_at = null`;
  const response = await test.request("GET", "/readyz", ANYBODY);
  assertEquals(response.status, 200);
  assertStringIncludes((await response.json()).checks.last_tick.detail, "not expected");
});
