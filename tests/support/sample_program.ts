import postgres from "postgres";
import type { Sql } from "../../lib/db/sql.ts";
import { ChildProgram } from "./child_program.ts";
import { freePort } from "./free_port.ts";

const MAIN = new URL("../../main.ts", import.meta.url);

/** Keys of the program, a role each. */
export const KEYS = { admin: "admin-key-of-a-test", viewer: "viewer-key-of-a-test" };

/** The real program on an embedded database of its own, with the sample in it. */
export class SampleProgram implements AsyncDisposable {
  private constructor(
    readonly child: ChildProgram,
    private readonly dataDir: string,
    readonly origin: string,
    /** The link that its log invites with. */
    readonly signInLink: string,
    /** Where psql can look into its database, without a password. */
    readonly sqlPort: number,
    /** Looks into its database. */
    readonly sql: Sql,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<SampleProgram> {
    const dataDir = await Deno.makeTempDir({ prefix: "edge-cron-program-" });
    const sqlPort = freePort();
    const child = new ChildProgram(MAIN, ["--embedded"], {
      env: {
        DATA_DIR: dataDir,
        DATABASE_URL: "",
        PORT: "0",
        HOST: "127.0.0.1",
        EMBEDDED_SQL_PORT: String(sqlPort),
        API_KEYS: Object.entries(KEYS).map((entry) => entry.join(":")).join(","),
        ...env,
      },
    });
    try {
      const line = await child.waitFor(/Dashboard: /);
      const link = /http:\S+/.exec(line)![0];
      const sql = postgres(`postgres://postgres@127.0.0.1:${sqlPort}/postgres`, { max: 1 });
      return new SampleProgram(child, dataDir, new URL(link).origin, link, sqlPort, sql);
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a job and waits until it succeeded. */
  async run(jobId: string): Promise<void> {
    const response = await fetch(`${this.origin}/jobs/${jobId}/run`, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${KEYS.admin}`,
        "Content-Type": "application/json",
        "Prefer": "wait=60",
      },
      body: "{}",
    });
    const { run } = await response.json();
    if (run?.status !== "success") throw new Error(`${jobId}: ${JSON.stringify(run)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.child[Symbol.asyncDispose]();
    await Deno.remove(this.dataDir, { recursive: true });
  }
}
