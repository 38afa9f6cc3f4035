import { parseEnv } from "node:util";
import { z } from "zod";
import { ConfigError } from "./errors.ts";

/** The key that is accepted, loudly, on a developer's own machine and nowhere else. */
export const DEVELOPMENT_KEY = "dev-key-change-in-production";

export const ROLES = ["viewer", "operator", "admin"] as const;

/** What a key may do; each role may do all that the ones before it may. */
export type Role = typeof ROLES[number];

export interface ApiKey {
  role: Role;
  key: string;
}

const text = z.string().trim();
const integer = (min: number, max: number) =>
  text.regex(/^\d+$/, "must be a whole number").transform(Number).pipe(
    z.number().min(min).max(max),
  );
const flag = text.toLowerCase().pipe(
  z.enum(["true", "false", "1", "0", "yes", "no", "on", "off"], {
    error: "must be true or false",
  }),
).transform((value) => ["true", "1", "yes", "on"].includes(value));
const webUrl = text.refine(
  (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
  "must be an http or https URL",
);
const postgresUrl = text.refine(
  (value) => URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol),
  "must be a postgres:// URL",
);
const timeZone = text.refine(isTimeZone, "must be an IANA time zone such as Europe/Budapest");
const list = text.transform((value) => value.split(",").map((part) => part.trim()).filter(Boolean));
const keys = list.transform((parts, context): ApiKey[] =>
  parts.map((part, index) => {
    const [role, ...rest] = part.split(":");
    const key = rest.join(":");
    if (!(ROLES as readonly string[]).includes(role) || key.length < 8) {
      context.addIssue({
        code: "custom",
        message: `entry ${index + 1} must be role:key, the role one of ${
          ROLES.join(", ")
        }, the key at least 8 characters long`,
      });
    }
    return { role: role as Role, key };
  })
);

/** Every variable the program reads, in the order of `.env.example`; absent and empty are the same. */
const environment = z.object({
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_PREPARE: z.enum(["auto", "on", "off"], { error: "must be auto, on or off" })
    .default("auto"),
  DATA_DIR: text.default(".data"),
  EMBEDDED_SQL_PORT: integer(1, 65_535).optional(),
  PORT: integer(0, 65_535).default(8000),
  HOST: text.default("127.0.0.1"),
  API_KEYS: keys.default([]),
  SESSION_SECRET: text.min(32, "must have at least 32 characters").optional(),
  SCHEDULER_ENABLED: flag.default(true),
  SCHEDULER_CHECK_INTERVAL_SECONDS: integer(1, 3600).default(30),
  CRON_MODE: z.enum(["auto", "per-job", "single"], { error: "must be auto, per-job or single" })
    .default("auto"),
  RUN_ON_TIMELINES: list.default(["production"]),
  DEFAULT_TIME_ZONE: timeZone.default("UTC"),
  DATA_RETENTION_DAYS: integer(1, 36_500).default(90),
  RUN_RETENTION_DAYS: integer(1, 36_500).default(30),
  ALERT_WEBHOOK_URL: webUrl.optional(),
  HEARTBEAT_URL: webUrl.optional(),
  PROFILE_MAINTENANCE_INTERVAL_MINUTES: integer(1, 525_600).default(60),
  PROFILE_MAINTENANCE_MODEL: text.default(""),
  LLM_BASE_URL: webUrl.optional(),
  LLM_API_KEY: text.optional(),
  RIOT_API_KEY: text.optional(),
  RIOT_BASE_URL: webUrl.default("https://euw1.api.riotgames.com"),
  DATA_DRAGON_BASE_URL: webUrl.default("https://ddragon.leagueoflegends.com"),
  PATCH_FALLBACK: text.regex(/^\d+\.\d+/, "must be a patch such as 15.20").default("15.20"),
  MODEL_CARDS_URL: webUrl.optional(),
  MODEL_CARDS_DIR: text.optional(),
  DENO_DEPLOY: text.optional(),
  DENO_DEPLOYMENT_ID: text.optional(),
  DENO_TIMELINE: text.optional(),
});

/** The names of the variables that `parseConfig` looks at. */
export const VARIABLES = Object.keys(environment.shape);

type Environment = z.infer<typeof environment>;

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
  const present = Object.fromEntries(
    VARIABLES.map((name) => [name, variables[name]]).filter(([, value]) => value?.trim()),
  );
  const parsed = environment.safeParse(present);
  const problems = parsed.success ? contradictions(parsed.data) : parsed.error.issues.map(
    (issue) => `${String(issue.path[0])}: ${issue.message}`,
  );
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
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

function contradictions(env: Environment): string[] {
  const problems = [];
  if (env.MODEL_CARDS_URL && env.MODEL_CARDS_DIR) {
    problems.push("MODEL_CARDS_URL: cannot be set together with MODEL_CARDS_DIR");
  }
  if (env.EMBEDDED_SQL_PORT && env.DATABASE_URL) {
    problems.push("EMBEDDED_SQL_PORT: serves the embedded database only, and DATABASE_URL is set");
  }
  const keyTexts = env.API_KEYS.map(({ key }) => key);
  if (new Set(keyTexts).size < keyTexts.length) problems.push("API_KEYS: a key appears twice");
  return problems;
}

function toConfig(env: Environment): Config {
  const resident = !env.DENO_DEPLOY;
  const timeline = env.DENO_TIMELINE ?? null;
  return {
    databaseUrl: env.DATABASE_URL ?? null,
    databasePrepare: env.DATABASE_PREPARE,
    dataDir: env.DATA_DIR,
    embeddedSqlPort: env.EMBEDDED_SQL_PORT ?? null,
    port: env.PORT,
    host: env.HOST,
    apiKeys: env.API_KEYS,
    sessionSecret: env.SESSION_SECRET ?? null,
    schedulerEnabled: env.SCHEDULER_ENABLED,
    schedulerCheckIntervalSeconds: env.SCHEDULER_CHECK_INTERVAL_SECONDS,
    cronMode: env.CRON_MODE,
    defaultTimeZone: env.DEFAULT_TIME_ZONE,
    dataRetentionDays: env.DATA_RETENTION_DAYS,
    runRetentionDays: env.RUN_RETENTION_DAYS,
    alertWebhookUrl: env.ALERT_WEBHOOK_URL ?? null,
    heartbeatUrl: env.HEARTBEAT_URL ?? null,
    profileMaintenanceIntervalMinutes: env.PROFILE_MAINTENANCE_INTERVAL_MINUTES,
    profileMaintenanceModel: env.PROFILE_MAINTENANCE_MODEL || null,
    llmBaseUrl: env.LLM_BASE_URL ?? null,
    llmApiKey: env.LLM_API_KEY ?? null,
    riotApiKey: env.RIOT_API_KEY ?? null,
    riotBaseUrl: env.RIOT_BASE_URL,
    dataDragonBaseUrl: env.DATA_DRAGON_BASE_URL,
    patchFallback: env.PATCH_FALLBACK,
    modelCardsUrl: env.MODEL_CARDS_URL ?? null,
    modelCardsDir: env.MODEL_CARDS_DIR ?? null,
    resident,
    timelineRunsSchedules: resident || timeline === null ||
      env.RUN_ON_TIMELINES.includes(timeline),
    deployment: env.DENO_DEPLOYMENT_ID ?? "local",
    timeline,
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
