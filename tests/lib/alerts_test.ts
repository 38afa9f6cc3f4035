import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { alertBody, sendAlerts } from "../../lib/alerts.ts";
import type { AlertPayload } from "../../lib/alert_store.ts";
import { ManualClock } from "../../lib/clock.ts";
import type { Sql } from "../../lib/db/sql.ts";
import type { AnyJob, Policies } from "../../lib/job.ts";
import { databaseTest } from "../support/database.ts";
import {
  CollectingLog,
  fakeJob,
  openTestEngine,
  readOnlyRun,
  readRuns,
  type TestEngine,
} from "../support/engine.ts";
import { at, insertRun, insertRunningRun, insertSchedule, START } from "../support/factories.ts";

const BY = { triggeredBy: "operator" };
const SECRET = "/services/T0/B0/secret-token";
const NO_RETRY: Partial<Policies> = { retries: 0 };

// deno-lint-ignore no-explicit-any
type Message = { text: string; edge_cron: any };

/** A webhook on loopback that keeps what it gets, and answers what it is told to. */
class Webhook implements AsyncDisposable {
  readonly messages: Message[] = [];
  status = 200;
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      this.messages.push(await request.json());
      return new Response(null, { status: this.status, headers: { Location: "/elsewhere" } });
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}${SECRET}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** An address at which nobody listens. */
function closedUrl(): string {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}${SECRET}`;
}

/** A job whose runs each end as the next of `turns` says. */
function jobOf(turns: ("fails" | "succeeds")[], policies = NO_RETRY): AnyJob {
  return fakeJob({
    policies,
    run: () =>
      turns.shift() === "fails" ? Promise.reject(new Error("vendor down")) : Promise.resolve(),
  });
}

async function openAlerting(sql: Sql, job: AnyJob, webhookUrl: string, clock?: ManualClock) {
  await insertSchedule(sql, { next_run_at: at("2027-01-01T00:00:00Z") });
  return openTestEngine(sql, {
    jobs: [job],
    clock: clock ?? new ManualClock(START),
    env: { ALERT_WEBHOOK_URL: webhookUrl },
  });
}

async function performRuns(test: TestEngine, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await test.engine.requestRun("hourly", BY);
    await test.engine.idle();
    (test.engine.clock as ManualClock).advance(1_000);
  }
}

function outboxOf(sql: Sql) {
  return sql<
    { kind: string; tries: number; sent: boolean; gave_up: boolean; last_error: string }[]
  >`
    select kind, tries, sent_at is not null as sent, gave_up_at is not null as gave_up, last_error
    from alert_outbox order by id`;
}

databaseTest("a run that failed for good posts one message, readable by Slack", async ({ sql }) => {
  await using webhook = new Webhook();
  await using test = await openAlerting(sql, jobOf(["fails"]), webhook.url);

  await performRuns(test, 1);
  await test.tickAndWait();

  const run = await readOnlyRun(sql);
  assertEquals(webhook.messages.length, 1);
  const [{ text, edge_cron }] = webhook.messages;
  assertEquals(
    text,
    `Failed: hourly, error, after 1 attempt. vendor down. Run ${run.id}`,
  );
  assertEquals(
    [edge_cron.event, edge_cron.job, edge_cron.run_id, edge_cron.status, edge_cron.error],
    ["failed", "hourly", run.id, "failed", "vendor down"],
  );
});

databaseTest("a failure that is tried again posts nothing", async ({ sql }) => {
  await using webhook = new Webhook();
  const policies = { retries: 1, backoff: { firstMs: 0, maxMs: 0, spread: 0 } };
  await using test = await openAlerting(sql, jobOf(["fails", "succeeds"], policies), webhook.url);

  await performRuns(test, 1);

  assertEquals((await readOnlyRun(sql)).status, "success");
  assertEquals(webhook.messages, []);
});

databaseTest("the first success after a failure posts one recovery", async ({ sql }) => {
  await using webhook = new Webhook();
  const job = jobOf(["succeeds", "fails", "fails", "succeeds", "succeeds"]);
  await using test = await openAlerting(sql, job, webhook.url);

  await performRuns(test, 5);

  assertEquals(webhook.messages.map(({ edge_cron }) => edge_cron.event), [
    "failed",
    "failed",
    "recovered",
  ]);
  const recovered = (await readRuns(sql))[3];
  assertEquals(
    webhook.messages[2].text,
    `Recovered: hourly succeeded again. Run ${recovered.id}`,
  );
});

databaseTest(
  "a run that was cancelled or skipped between does not hide the recovery",
  async ({ sql }) => {
    await using webhook = new Webhook();
    await using test = await openAlerting(sql, jobOf(["fails", "succeeds"]), webhook.url);
    await performRuns(test, 1);
    const created_at = at("10:00:01");
    await insertRun(sql, { status: "cancelled", finished_at: created_at, created_at });
    await insertRun(sql, {
      status: "skipped",
      reason: "overlap",
      finished_at: created_at,
      created_at,
    });

    await performRuns(test, 1);

    assertEquals(webhook.messages.map(({ edge_cron }) => edge_cron.event), ["failed", "recovered"]);
  },
);

databaseTest("a recovery of one row says nothing of another", async ({ sql }) => {
  await using webhook = new Webhook();
  await using test = await openAlerting(sql, jobOf(["fails", "succeeds"]), webhook.url);
  await insertSchedule(sql, {
    id: "of_nova",
    job_type: "hourly",
    bot_id: "nova",
    next_run_at: at("2027-01-01T00:00:00Z"),
  });
  await performRuns(test, 1);

  await test.engine.requestRun("hourly", { ...BY, botId: "nova" });
  await test.engine.idle();

  assertEquals(webhook.messages.map(({ edge_cron }) => edge_cron.event), ["failed"]);
});

databaseTest("a run that was lost three times posts a message", async ({ sql }) => {
  await using webhook = new Webhook();
  const clock = new ManualClock(at("10:05"));
  await using test = await openAlerting(sql, fakeJob(), webhook.url, clock);
  await insertRunningRun(sql, { losses: 2, attempt: 3 });

  await test.tickAndWait();

  assertEquals(webhook.messages.length, 1);
  assertStringIncludes(webhook.messages[0].text, "Failed: hourly, lost, after 3 attempts.");
});

databaseTest("a dry run posts nothing, failed or recovered", async ({ sql }) => {
  await using webhook = new Webhook();
  await using test = await openAlerting(sql, jobOf(["fails"]), webhook.url);

  await test.engine.requestRun("hourly", { ...BY, dryRun: true });
  await test.engine.idle();

  assertEquals((await readOnlyRun(sql)).status, "failed");
  assertEquals(webhook.messages, []);
});

databaseTest("without a webhook nothing is kept to be sent", async ({ sql }) => {
  await insertSchedule(sql, { next_run_at: at("2027-01-01T00:00:00Z") });
  await using test = openTestEngine(sql, { jobs: [jobOf(["fails"])] });

  await performRuns(test, 1);

  assertEquals((await outboxOf(sql)).length, 0);
});

databaseTest("items that failed are in the message", async ({ sql }) => {
  await using webhook = new Webhook();
  const source = {
    read: (after: unknown) => Promise.resolve(after === null ? [1, 2, 3, 4] : []),
    cursor: (item: number) => item,
    key: String,
    only: () => Promise.resolve([]),
  };
  const job = fakeJob({
    run: async (ctx) =>
      await ctx.forEach(source, (items) => {
        if (items.includes(2)) throw new Error("bad");
        return Promise.resolve();
      }),
  });
  await using test = await openAlerting(sql, job, webhook.url);

  await performRuns(test, 1);

  assertStringIncludes(webhook.messages[0].text, "Failed: hourly, items (1 of 4 items)");
});

databaseTest(
  "a webhook that is down harms no run and is asked again, later each time",
  async ({ sql }) => {
    const clock = new ManualClock(START);
    await using test = await openAlerting(sql, jobOf(["fails"]), closedUrl(), clock);

    await performRuns(test, 1);

    assertEquals((await readOnlyRun(sql)).status, "failed");
    const available = async () => {
      const [{ available_at }] = await sql<{ available_at: Date }[]>`
      select available_at from alert_outbox`;
      return (available_at.getTime() - clock.instant.getTime()) / 1_000;
    };
    assertEquals(await available(), 59);
    clock.advance(58_999);
    await test.tickAndWait();
    assertEquals((await outboxOf(sql))[0].tries, 1);
    clock.advance(1);
    await test.tickAndWait();
    assertEquals((await outboxOf(sql))[0].tries, 2);
    assertEquals(await available(), 120);
  },
);

databaseTest("a webhook that comes back gets the message once", async ({ sql }) => {
  await using webhook = new Webhook();
  webhook.status = 503;
  const clock = new ManualClock(START);
  await using test = await openAlerting(sql, jobOf(["fails"]), webhook.url, clock);
  await performRuns(test, 1);
  const [failed] = await outboxOf(sql);
  assertEquals([failed.sent, failed.last_error], [false, "the webhook answered 503"]);
  webhook.status = 200;

  for (let n = 0; n < 3; n++) {
    clock.advance(3_600_000);
    await test.tickAndWait();
  }

  assertEquals(webhook.messages.length, 2);
  const [sent] = await outboxOf(sql);
  assertEquals([sent.sent, sent.tries, sent.last_error], [true, 2, null]);
});

databaseTest("a message is given up after ten tries", async ({ sql }) => {
  await using webhook = new Webhook();
  webhook.status = 500;
  const clock = new ManualClock(START);
  await using test = await openAlerting(sql, jobOf(["fails"]), webhook.url, clock);
  await performRuns(test, 1);

  for (let n = 0; n < 15; n++) {
    clock.advance(3_600_000);
    await test.tickAndWait();
  }

  assertEquals(webhook.messages.length, 10);
  const [{ sent, gave_up, tries }] = await outboxOf(sql);
  assertEquals([sent, gave_up, tries], [false, true, 10]);
});

databaseTest("a redirect is not followed: the address is a secret", async ({ sql }) => {
  await using webhook = new Webhook();
  webhook.status = 302;
  await using test = await openAlerting(sql, jobOf(["fails"]), webhook.url);

  await performRuns(test, 1);

  assertEquals(webhook.messages.length, 1);
  assertEquals((await outboxOf(sql))[0].last_error, "the webhook answered 302");
});

databaseTest(
  "the webhook's address appears neither in the log nor in the database",
  async ({ sql }) => {
    await using test = await openAlerting(sql, jobOf(["fails"]), closedUrl());

    await performRuns(test, 1);

    const [{ last_error }] = await outboxOf(sql);
    assert(last_error.length > 0);
    assertFalse(last_error.includes("secret-token"), last_error);
    assertStringIncludes(test.log.text, "Cannot send alert");
    assertFalse(test.log.text.includes("secret-token"));
  },
);

databaseTest("a message waits for an earlier one of its schedule", async ({ sql }) => {
  await using webhook = new Webhook();
  const clock = new ManualClock(START);
  await using test = await openAlerting(sql, jobOf(["fails", "succeeds"]), webhook.url, clock);
  webhook.status = 500;
  await performRuns(test, 1);
  webhook.status = 200;

  await performRuns(test, 1);

  assertEquals((await outboxOf(sql)).map(({ sent }) => sent), [false, false]);
  assertEquals(webhook.messages.map(({ edge_cron }) => edge_cron.event), ["failed"]);
});

databaseTest("a message of one schedule does not hold up another's", async ({ sql }) => {
  await using webhook = new Webhook();
  const clock = new ManualClock(START);
  await sql`
    insert into alert_outbox (kind, payload, created_at, available_at)
    select 'recovered', jsonb_build_object('schedule', name, 'job', name), ${START}, due
    from (values ('waits', ${
    at("23:00")
  }::timestamptz), ('due', ${START}::timestamptz)) as v(name, due)`;

  await sendAlerts(
    { sql, clock, log: new CollectingLog() },
    webhook.url,
    new AbortController().signal,
  );

  assertEquals(webhook.messages.map(({ edge_cron }) => edge_cron.job), ["due"]);
});

databaseTest("two processes send each message once", async ({ sql, connect }) => {
  await using webhook = new Webhook();
  const clock = new ManualClock(START);
  await insertSchedule(sql);
  const run = await insertRun(sql, { status: "failed", finished_at: START });
  await sql`
    insert into alert_outbox (run_id, kind, payload, created_at, available_at)
    select ${run.id}, 'failed', jsonb_build_object('job', 'hourly ' || n, 'attempts', 1),
           ${START}, ${START}
    from generate_series(1, 12) as n`;
  const log = new CollectingLog();
  const never = new AbortController().signal;

  await Promise.all(
    [sql, connect()].map((pool) => sendAlerts({ sql: pool, clock, log }, webhook.url, never)),
  );

  const jobs = webhook.messages.map(({ edge_cron }) => edge_cron.job);
  assertEquals(jobs.length, 12);
  assertEquals(new Set(jobs).size, 12);
});

databaseTest(
  "a message that is under way at a shutdown is sent by the next start",
  async ({ sql }) => {
    await insertSchedule(sql);
    const run = await insertRun(sql, { status: "failed", finished_at: START });
    await sql`
    insert into alert_outbox (run_id, kind, payload, created_at, available_at)
    values (${run.id}, 'failed', '{"job": "hourly", "attempts": 1}', ${START}, ${START})`;
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
      asked.resolve();
      return answer.promise;
    });
    const log = new CollectingLog();
    const clock = new ManualClock(START);
    const sending = sendAlerts(
      { sql, clock, log },
      `http://127.0.0.1:${server.addr.port}/`,
      stop.signal,
    );
    await asked.promise;

    stop.abort();
    await sending;
    answer.resolve(new Response());

    const [{ sent, gave_up, last_error }] = await outboxOf(sql);
    assertEquals([sent, gave_up, last_error], [false, false, null]);
    assertEquals(log.lines, []);
  },
);

Deno.test("an error's text cannot be markup of Slack's", () => {
  const payload = { job: "j", attempts: 1, error: "<!channel> & co", run_id: "r" } as AlertPayload;
  const { text } = alertBody({ id: "1", kind: "failed", payload, tries: 1 });

  assertStringIncludes(text, "&lt;!channel&gt; &amp; co");
});

Deno.test("a message tells what failed, why, and of how many items", () => {
  const payload = {
    job: "import",
    run_id: "r1",
    reason: null,
    error: null,
    attempts: 2,
    items_done: null,
    items_failed: 3,
  } as AlertPayload;
  assertEquals(
    alertBody({ id: "1", kind: "failed", payload, tries: 1 }).text,
    "Failed: import (3 of 3 items), after 2 attempts. No error message. Run r1",
  );
});
