import { parseEnv } from "node:util";
import { z } from "zod";
import { ConfigError } from "./errors.ts";
import { isTimeZone, TIME_ZONE_NAME } from "./schedule/time_zone.ts";

/** The key that is accepted, loudly, on a developer's own machine and nowhere else. */
export const DEVELOPMENT_KEY = "dev-key-change-in-production";

export const ROLES = ["viewer", "operator", "admin"] as const;

/** What a key may do; each role may do all that the ones before it may. */
export type Role = typeof ROLES[number];

export interface ApiKey {
  role: Role;
  key: string;
}

/** One variable: how its text is read, and what stands for it when it is absent or empty. */
interface Variable<T> {
  /** A function, since a start makes only the schemas of what is set: making one costs as much as a module. */
  schema: () => z.ZodType<T>;
  fallback: T;
}

function variable<T>(schema: () => z.ZodType<T>, fallback: T): Variable<T> {
  return { schema, fallback };
}

/** A variable that may be absent. */
function optional<T>(schema: () => z.ZodType<T>): Variable<T | null> {
  return { schema, fallback: null };
}

/** Every variable the program reads, in the order of `.env.example`. */
const environment = {
  DATABASE_URL: optional(postgresUrl),
  DATABASE_PREPARE: variable(() => oneOf("auto", "on", "off"), "auto"),
  DATA_DIR: variable(text, ".data"),
  EMBEDDED_SQL_PORT: optional(() => integer(1, 65_535)),
  PORT: variable(() => integer(0, 65_535), 8000),
  HOST: variable(text, "127.0.0.1"),
  API_KEYS: variable(keys, []),
  SESSION_SECRET: optional(() => text().min(32, "must have at least 32 characters")),
  SCHEDULER_ENABLED: variable(flag, true),
  SCHEDULER_CHECK_INTERVAL_SECONDS: variable(() => integer(1, 3600), 30),
  CRON_MODE: variable(() => oneOf("auto", "per-job", "single"), "auto"),
  RUN_ON_TIMELINES: variable(list, ["production"]),
  DEFAULT_TIME_ZONE: variable(timeZone, "UTC"),
  DATA_RETENTION_DAYS: variable(() => integer(1, 36_500), 90),
  RUN_RETENTION_DAYS: variable(() => integer(1, 36_500), 30),
  ALERT_WEBHOOK_URL: optional(webUrl),
  HEARTBEAT_URL: optional(webUrl),
  PROFILE_MAINTENANCE_INTERVAL_MINUTES: variable(() => integer(1, 525_600), 60),
  PROFILE_MAINTENANCE_MODEL: optional(text),
  LLM_BASE_URL: optional(webUrl),
  LLM_API_KEY: optional(text),
  RIOT_API_KEY: optional(text),
  RIOT_BASE_URL: variable(webUrl, "https://euw1.api.riotgames.com"),
  DATA_DRAGON_BASE_URL: variable(webUrl, "https://ddragon.leagueoflegends.com"),
  PATCH_FALLBACK: variable(
    () => text().regex(/^\d+\.\d+(\.\d+)?$/, "must be a patch such as 15.20"),
    "15.20",
  ),
  MODEL_CARDS_URL: optional(webUrl),
  MODEL_CARDS_DIR: optional(text),
  DENO_DEPLOY: optional(text),
  DENO_DEPLOYMENT_ID: optional(text),
  DENO_TIMELINE: optional(text),
} satisfies Record<string, Variable<unknown>>;

/** The names of the variables that `parseConfig` looks at. */
export const VARIABLES = Object.keys(environment);

type Environment = {
  [Name in keyof typeof environment]: typeof environment[Name] extends Variable<infer T> ? T
    : never;
};

/** The settings of one program, parsed once; `null` where a variable is absent and has no default. */
export interface Config {
  databaseUrl: string | null;
  databasePrepare: "auto" | "on" | "off";
  dataDir: string;
  embeddedSqlPort: number | null;
  port: number;
  host: string;
  apiKeys: ApiKey[];
  /** Absent: one is made once and kept in the database. */
  sessionSecret: string | null;
  schedulerEnabled: boolean;
  schedulerCheckIntervalSeconds: number;
  cronMode: "auto" | "per-job" | "single";
  defaultTimeZone: string;
  dataRetentionDays: number;
  runRetentionDays: number;
  alertWebhookUrl: string | null;
  heartbeatUrl: string | null;
  profileMaintenanceIntervalMinutes: number;
  profileMaintenanceModel: string | null;
  llmBaseUrl: string | null;
  llmApiKey: string | null;
  riotApiKey: string | null;
  riotBaseUrl: string;
  dataDragonBaseUrl: string;
  patchFallback: string;
  modelCardsUrl: string | null;
  modelCardsDir: string | null;
  /** Not on Deno Deploy: the program has a timer, migrates and syncs its jobs at its start. */
  resident: boolean;
  /** Whether schedules run on this timeline; always true when resident. */
  timelineRunsSchedules: boolean;
  /** The revision and timeline that are written to each run; `local` when resident. */
  deployment: string;
  timeline: string | null;
}

/**
 * The settings that a set of variables gives.
 *
 * Throws `ConfigError` that names every wrong variable at once; values of secrets never appear in it.
 */
export function parseConfig(variables: Record<string, string | undefined>): Config {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, fallback }] of Object.entries<Variable<unknown>>(environment)) {
    const given = variables[name]?.trim();
    const parsed = given ? schema().safeParse(given) : { success: true as const, data: fallback };
    if (parsed.success) values[name] = parsed.data;
    else problems.push(...parsed.error.issues.map(({ message }) => `${name}: ${message}`));
  }
  problems.push(...contradictions(values));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(values as Environment);
}

/**
 * The settings of this process: its environment, then `.env` in the working directory for what is not set there.
 *
 * Throws `ConfigError`.
 */
export function loadConfig(): Config {
  const file = readEnvFile();
  return parseConfig(
    Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name) ?? file[name]])),
  );
}

function readEnvFile(): Record<string, string | undefined> {
  try {
    return parseEnv(Deno.readTextFileSync(".env"));
  } catch (error) {
    // Most installations have no .env, and one that may not be read is as good as absent.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return {};
    throw error;
  }
}

/** What does not go together among the variables that are right in themselves. */
function contradictions(env: Partial<Environment>): string[] {
  const problems = [];
  if (env.MODEL_CARDS_URL && env.MODEL_CARDS_DIR) {
    problems.push("MODEL_CARDS_URL: cannot be set together with MODEL_CARDS_DIR");
  }
  if (env.EMBEDDED_SQL_PORT && env.DATABASE_URL) {
    problems.push("EMBEDDED_SQL_PORT: serves the embedded database only, and DATABASE_URL is set");
  }
  const keyTexts = (env.API_KEYS ?? []).map(({ key }) => key);
  if (new Set(keyTexts).size < keyTexts.length) problems.push("API_KEYS: a key appears twice");
  return problems;
}

function toConfig(env: Environment): Config {
  const resident = !env.DENO_DEPLOY;
  const timeline = env.DENO_TIMELINE;
  return {
    databaseUrl: env.DATABASE_URL,
    databasePrepare: env.DATABASE_PREPARE,
    dataDir: env.DATA_DIR,
    embeddedSqlPort: env.EMBEDDED_SQL_PORT,
    port: env.PORT,
    host: env.HOST,
    apiKeys: env.API_KEYS,
    sessionSecret: env.SESSION_SECRET,
    schedulerEnabled: env.SCHEDULER_ENABLED,
    schedulerCheckIntervalSeconds: env.SCHEDULER_CHECK_INTERVAL_SECONDS,
    cronMode: env.CRON_MODE,
    defaultTimeZone: env.DEFAULT_TIME_ZONE,
    dataRetentionDays: env.DATA_RETENTION_DAYS,
    runRetentionDays: env.RUN_RETENTION_DAYS,
    alertWebhookUrl: env.ALERT_WEBHOOK_URL,
    heartbeatUrl: env.HEARTBEAT_URL,
    profileMaintenanceIntervalMinutes: env.PROFILE_MAINTENANCE_INTERVAL_MINUTES,
    profileMaintenanceModel: env.PROFILE_MAINTENANCE_MODEL,
    llmBaseUrl: env.LLM_BASE_URL,
    llmApiKey: env.LLM_API_KEY,
    riotApiKey: env.RIOT_API_KEY,
    riotBaseUrl: env.RIOT_BASE_URL,
    dataDragonBaseUrl: env.DATA_DRAGON_BASE_URL,
    patchFallback: env.PATCH_FALLBACK,
    modelCardsUrl: env.MODEL_CARDS_URL,
    modelCardsDir: env.MODEL_CARDS_DIR,
    resident,
    timelineRunsSchedules: resident || timeline === null ||
      env.RUN_ON_TIMELINES.includes(timeline),
    deployment: env.DENO_DEPLOYMENT_ID ?? "local",
    timeline,
  };
}

function text() {
  return z.string();
}

function integer(min: number, max: number) {
  return text().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(
    z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
  );
}

function oneOf<const Values extends readonly string[]>(...values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(", ")}` });
}

function flag() {
  const yes = ["true", "1", "yes", "on"];
  const no = ["false", "0", "no", "off"];
  return text().toLowerCase().pipe(z.enum([...yes, ...no], { error: "must be true or false" }))
    .transform((value) => yes.includes(value));
}

function webUrl() {
  return text().refine((value) => hasProtocol(value, /^https?:$/), "must be an http or https URL");
}

function postgresUrl() {
  return text()
    .refine(
      (value) => hasProtocol(value, /^postgres(ql)?:$/) && /^\w+:\/\//.test(value),
      { error: "must be a postgres:// URL", abort: true },
    )
    .refine(
      isDecodable,
      "has a % in its user, password or host that begins no escape such as %40; write it as %25",
    );
}

function hasProtocol(value: string, protocol: RegExp): boolean {
  return URL.canParse(value) && protocol.test(new URL(value).protocol);
}

/** Whether the driver can decode who and where; `URL` keeps a lone % as it is. */
function isDecodable(value: string): boolean {
  const { username, password, hostname } = new URL(value);
  try {
    decodeURIComponent(username + password + hostname);
    return true;
  } catch {
    return false;
  }
}

function timeZone() {
  return text().refine(isTimeZone, `must be ${TIME_ZONE_NAME}`);
}

function list() {
  return text().transform((value) => value.split(",").map((part) => part.trim()).filter(Boolean));
}

function keys() {
  return list().transform((parts, context): ApiKey[] =>
    parts.map((part, index) => {
      const [role, ...rest] = part.split(":");
      const key = rest.join(":");
      if (!(ROLES as readonly string[]).includes(role) || key.length < 8) {
        const roles = ROLES.join(", ");
        context.addIssue({
          code: "custom",
          message: `entry ${
            index + 1
          } must be role:key, the role one of ${roles}, the key at least 8 characters long`,
        });
      }
      return { role: role as Role, key };
    })
  );
}
