import type { Config, Role } from "../lib/config.ts";
import type { Json } from "../lib/db/sql.ts";
import type { Engine } from "../lib/engine_api.ts";
import type { SignInLink } from "../lib/sign_in_link.ts";
import type { SignedIn } from "./session_cookie.ts";

/** What the routes are given; tests give less than `main.ts`. */
export interface AppDeps {
  engine: Engine;
  /** Names of the migrations that the database lacks. */
  pendingMigrations(): Promise<string[]>;
  /** Fills in the sample history; absent where there is none to load. */
  loadSample?(options: SampleOptions, onProgress: (progress: Json) => void): Promise<Json>;
  /** Until it resolves, acts wait: a job that ran in the middle of the first fill would see half of it. */
  filled?: Promise<void>;
  /** Until it resolves, what needs the database's tables waits: a new database has none yet. */
  started?: Promise<void>;
  /** Aborts when the program is about to end, so that open streams end with it. */
  stopping?: AbortSignal;
  /** What the log of a resident program invites to sign in with. */
  signInLink?: SignInLink;
}

/** How much history the sample holds; what is absent is the sample's own choice. */
export interface SampleOptions {
  users?: number;
  weeks?: number;
}

/** Who asks, known by the key that came with the request. */
export interface Caller {
  role: Role;
  /** What is written to `triggered_by`, such as `api:operator`; never the key. */
  name: string;
}

/** What middleware leaves for handlers. */
export interface AppEnv {
  Variables: { requestId: string; caller: Caller; session?: SignedIn };
}

/** Whether the embedded database is in use. */
export function isEmbedded(config: Config): boolean {
  return config.databaseUrl === null;
}
