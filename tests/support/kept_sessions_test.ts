import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { connectPostgres } from "../../lib/db/connect.ts";
import type { Sql } from "../../lib/db/sql.ts";
import { databaseTest } from "./database.ts";
import { keepSessions } from "./kept_sessions.ts";
import { settled, until } from "./until.ts";

const keeperTest = databaseTest.onlyPostgres("its sessions are the engine's own");

interface Client {
  sql: Sql;
  pid: number;
}

/** One client after the other, each with one session. */
class Clients implements AsyncDisposable {
  readonly #kept: ReturnType<typeof keepSessions>;

  constructor(readonly url: string) {
    this.#kept = keepSessions(Number(new URL(url).port));
  }

  async use(work: (client: Client) => Promise<void>, applicationName?: string): Promise<number> {
    const url = new URL(this.url);
    url.port = String(this.#kept.port);
    const sql = connectPostgres({ url: url.href, max: 1, applicationName });
    try {
      const [{ pid }] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
      await work({ sql, pid });
      return pid;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept.close();
  }
}

keeperTest(
  "a client gets the session of the one before, with nothing of what that did to it",
  async ({ url }) => {
    await using clients = new Clients(url);
    const first = await clients.use(async ({ sql }) => {
      await sql`set work_mem = '7MB'`;
      await sql`create temporary table scratch (id integer)`;
      await sql`select pg_advisory_lock(7)`;
    });
    const second = await clients.use(async ({ sql }) => {
      const [found] = await sql`
      select current_setting('work_mem') = '7MB' as is_set, to_regclass('scratch') as scratch,
             (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks`;
      assertEquals(found, { is_set: false, scratch: null, locks: 0 });
    });
    assertEquals(second, first);
  },
);

keeperTest("two clients at once have a session each", async ({ url }) => {
  await using clients = new Clients(url);
  await clients.use(async ({ pid }) => {
    assertNotEquals(await clients.use(nothing), pid);
  });
});

keeperTest("a client of other words has a session of its own", async ({ url }) => {
  await using clients = new Clients(url);
  const first = await clients.use(nothing, "one");
  assertNotEquals(await clients.use(nothing, "another"), first);
  assertEquals(await clients.use(nothing, "one"), first);
});

keeperTest("a session that was left in a transaction ends with it", async ({ sql, url }) => {
  await using clients = new Clients(url);
  await sql`create table notes (note text)`;
  const first = await clients.use(async ({ sql }) => {
    const begun = Promise.withResolvers<void>();
    sql.begin(async (tx) => {
      await tx`insert into notes values ('lost')`;
      begun.resolve();
      await new Promise(() => {});
    }).catch(() => {});
    await begun.promise;
  });
  assertNotEquals(await clients.use(nothing), first);
  await until("the session is gone", async () => (await isThere(sql, first)) === false);
  assertEquals((await sql`select from notes`).length, 0);
});

keeperTest("a session that was cancelled is for nobody else", async ({ sql, url }) => {
  await using clients = new Clients(url);
  const first = await clients.use(async (client) => {
    const sleep = client.sql`select pg_sleep(60)`.execute();
    const cancelled = assertRejects(() => sleep, Error, "canceling statement");
    await until("it sleeps", () => isAsleep(sql, client.pid));
    sleep.cancel();
    await settled("it is cancelled", cancelled);
    await client.sql`select 1`;
  });
  assertNotEquals(await clients.use(nothing), first);
});

keeperTest(
  "a client hears of its session's end, and the next one gets another",
  async ({ sql, url }) => {
    await using clients = new Clients(url);
    const first = await clients.use(async (client) => {
      const asleep = assertRejects(
        () => client.sql`select pg_sleep(60)`,
        Error,
        "CONNECTION_CLOSED",
      );
      await until("it sleeps", () => isAsleep(sql, client.pid));
      await sql`select pg_terminate_backend(${client.pid}, 10000)`;
      await settled("the client hears of it", asleep);
    });
    assertNotEquals(await clients.use(nothing), first);
  },
);

keeperTest("what the server says to a client that it refuses is passed on", async ({ url }) => {
  const nowhere = new URL(url);
  nowhere.pathname = "/nowhere";
  await using clients = new Clients(nowhere.href);
  await assertRejects(() => clients.use(nothing), Error, 'database "nowhere" does not exist');
});

const nothing = () => Promise.resolve();

async function isThere(sql: Sql, pid: number): Promise<boolean> {
  return (await sql`select from pg_stat_activity where pid = ${pid}`).length > 0;
}

async function isAsleep(sql: Sql, pid: number): Promise<boolean> {
  const found = await sql`
    select from pg_stat_activity where pid = ${pid} and wait_event = 'PgSleep'`;
  return found.length > 0;
}
