/** The program behind the port: database → engine → routes, and an orderly end. */
import { jobs } from "../jobs/mod.ts";
import { fillWithSample, loadSample } from "../jobs/samples.ts";
import { onAlarm } from "../lib/alarm.ts";
import { databaseClock } from "../lib/clock.ts";
import type { Config } from "../lib/config.ts";
import type { Database } from "../lib/database.ts";
import { createEngine } from "../lib/engine.ts";
import type { Engine } from "../lib/engine_api.ts";
import type { Log } from "../lib/log.ts";
import { Resident } from "../lib/resident.ts";
import { tellForgotten } from "../lib/shutdown.ts";
import { SignInLink } from "../lib/sign_in_link.ts";
import { useEngine } from "../lib/trigger.ts";
import { createApp } from "./app.ts";
import { tellKeys, tellSignIn } from "./keys_notice.ts";

/** The program without its alarms and its port, which `main.ts` has. */
export class Program {
  readonly fetch: Deno.ServeHandler<Deno.NetAddr>;
  readonly #engine: Engine;
  readonly #stopping = new AbortController();
  readonly #resident: Resident | null;
  readonly #signInLink: SignInLink | undefined;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly database: Database,
  ) {
    const { sql, requests, core, kind } = database;
    const engine = createEngine({
      sql: requests,
      core,
      handlers: sql,
      clock: databaseClock,
      config,
      log,
      jobs,
    });
    useEngine(engine);
    this.#engine = engine;
    this.#signInLink = config.resident ? new SignInLink() : undefined;
    this.#resident = config.resident
      ? new Resident(engine, database, () => fillWithSample(engine), this.#stopping.signal)
      : null;
    this.fetch = createApp({
      engine,
      pendingMigrations: async () =>
        (await import("../lib/db/migrate.ts")).pendingMigrations(requests),
      loadSample: kind === "embedded"
        ? (options, onProgress) => loadSample(engine, options, onProgress)
        : undefined,
      // Only an embedded database is waited for: a server that is away must hold up nobody.
      started: kind === "embedded" ? this.#resident?.started : undefined,
      filled: kind === "embedded" ? this.#resident?.filled : undefined,
      stopping: this.#stopping.signal,
      signInLink: this.#signInLink,
    }).fetch;
  }

  /** Answers an alarm of Deno.cron; a resident program has nothing to look at before its database is up to date. */
  async onAlarm(name: string): Promise<void> {
    if (this.#resident === null || this.#resident.ready) await onAlarm(this.#engine, name);
  }

  /**
   * Begins what a program does by itself beside answering; resolves when a resident one is ready.
   *
   * What a `watched` program ran when its watcher restarted it is handed back by its next start.
   */
  async begin(
    server: Deno.HttpServer<Deno.NetAddr>,
    { watched }: { watched: boolean },
  ): Promise<void> {
    const address = `http://${server.addr.hostname}:${server.addr.port}`;
    this.database.announce(address);
    tellKeys(this.config, this.log);
    tellForgotten(this.log);
    await this.#resident?.begin({ watched });
    if (this.#stopping.signal.aborted || !this.#signInLink) return;
    tellSignIn(this.config, this.log, address, this.#signInLink);
  }

  /** Stops claiming, hands back what is unfinished and closes the database. */
  async end(server: Deno.HttpServer<Deno.NetAddr>): Promise<void> {
    this.#stopping.abort();
    this.#resident?.end();
    await Promise.all([server.shutdown(), this.#engine.stop()]);
    await this.database.close();
  }
}
