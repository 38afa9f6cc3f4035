import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { parseConfig, VARIABLES } from "../../lib/config.ts";
import { ConfigError } from "../../lib/errors.ts";

/** The names of the variables that are wrong, in the order in which they are named. */
function wrongOf(variables: Record<string, string>): string[] {
  const { problems } = assertThrows(() => parseConfig(variables), ConfigError);
  return problems.map((problem) => problem.split(":")[0]);
}

Deno.test("without any variable the defaults hold", () => {
  assertEquals(parseConfig({}), {
    databaseUrl: null,
    databasePrepare: "auto",
    dataDir: ".data",
    embeddedSqlPort: null,
    port: 8000,
    host: "127.0.0.1",
    apiKeys: [],
    sessionSecret: null,
    schedulerEnabled: true,
    schedulerCheckIntervalSeconds: 30,
    cronMode: "auto",
    defaultTimeZone: "UTC",
    dataRetentionDays: 90,
    runRetentionDays: 30,
    alertWebhookUrl: null,
    heartbeatUrl: null,
    profileMaintenanceIntervalMinutes: 60,
    profileMaintenanceModel: null,
    llmBaseUrl: null,
    llmApiKey: null,
    riotApiKey: null,
    riotBaseUrl: "https://euw1.api.riotgames.com",
    dataDragonBaseUrl: "https://ddragon.leagueoflegends.com",
    patchFallback: "15.20",
    modelCardsUrl: null,
    modelCardsDir: null,
    resident: true,
    timelineRunsSchedules: true,
    deployment: "local",
    timeline: null,
  });
});

Deno.test("an empty variable is an absent one", () => {
  const empty = Object.fromEntries(VARIABLES.map((name) => [name, "  "]));
  assertEquals(parseConfig(empty), parseConfig({}));
});

Deno.test("every variable that is wrong is named at once", () => {
  const wrong = {
    DATABASE_URL: "mysql://localhost/x",
    DATABASE_PREPARE: "maybe",
    EMBEDDED_SQL_PORT: "70000",
    PORT: "-1",
    API_KEYS: "boss:long-enough-key",
    SESSION_SECRET: "short",
    SCHEDULER_ENABLED: "perhaps",
    SCHEDULER_CHECK_INTERVAL_SECONDS: "0",
    CRON_MODE: "both",
    DEFAULT_TIME_ZONE: "Mars/Olympus",
    DATA_RETENTION_DAYS: "1.5",
    RUN_RETENTION_DAYS: "0",
    ALERT_WEBHOOK_URL: "ftp://example.org",
    HEARTBEAT_URL: "example.org",
    PROFILE_MAINTENANCE_INTERVAL_MINUTES: "1e3",
    LLM_BASE_URL: "localhost",
    RIOT_BASE_URL: "riot",
    DATA_DRAGON_BASE_URL: "//cdn",
    PATCH_FALLBACK: "fifteen",
    MODEL_CARDS_URL: "cards",
  };
  assertEquals(wrongOf(wrong), Object.keys(wrong));
});

Deno.test("what contradicts something else is named beside what is wrong in itself", () => {
  assertEquals(
    wrongOf({
      PORT: "no",
      MODEL_CARDS_URL: "https://example.org",
      MODEL_CARDS_DIR: "cards",
      DATABASE_URL: "postgres://localhost/x",
      EMBEDDED_SQL_PORT: "5433",
      API_KEYS: "admin:the-same-key,viewer:the-same-key",
    }),
    ["PORT", "MODEL_CARDS_URL", "EMBEDDED_SQL_PORT", "API_KEYS"],
  );
});

Deno.test("values never appear in what is wrong with them", () => {
  const secrets: Record<string, string> = {
    DATABASE_URL: "mysql://user:hunter2-secret@localhost/x",
    API_KEYS: "boss:hunter2-secret,admin:hunter2",
    SESSION_SECRET: "hunter2-secret",
    ALERT_WEBHOOK_URL: "hooks.example.org/hunter2-secret",
    HEARTBEAT_URL: "hc.example.org/hunter2-secret",
    LLM_BASE_URL: "hunter2-secret",
    RIOT_BASE_URL: "hunter2-secret",
    PORT: "hunter2-secret",
    PATCH_FALLBACK: "hunter2-secret",
    DEFAULT_TIME_ZONE: "hunter2-secret",
    CRON_MODE: "hunter2-secret",
  };
  const { message } = assertThrows(() => parseConfig(secrets), ConfigError);
  for (const name of Object.keys(secrets)) assert(message.includes(name), name);
  assertFalse(message.includes("hunter2"), message);
});

Deno.test("a time zone is one that schedules and Postgres read alike", () => {
  for (const name of ["Asia/Kolkata", "Asia/Calcutta", "Etc/GMT+5", "UTC", "GMT", "Japan"]) {
    assertEquals(parseConfig({ DEFAULT_TIME_ZONE: name }).defaultTimeZone, name);
  }
  for (const name of ["IST", "BST", "AET", "CET", "+05:00", "-05:00"]) {
    assertEquals(wrongOf({ DEFAULT_TIME_ZONE: name }), ["DEFAULT_TIME_ZONE"], name);
  }
});

Deno.test("a database's URL is one that the driver can read, and is refused without its password", () => {
  for (
    const url of [
      "postgres://user:100%25@localhost/x",
      "postgresql://localhost:5432/x?sslmode=require",
      "postgres:///x",
    ]
  ) {
    assertEquals(parseConfig({ DATABASE_URL: url }).databaseUrl, url);
  }
  for (
    const url of [
      "postgres://user:hunter2%@localhost/x",
      "postgres://user:hunter2%zz@localhost/x",
      "postgres://hunter2%ff:pw@localhost/x",
      "postgres:hunter2",
      "postgres:/hunter2",
    ]
  ) {
    const { problems } = assertThrows(() => parseConfig({ DATABASE_URL: url }), ConfigError);
    assertEquals(problems.map((problem) => problem.split(":")[0]), ["DATABASE_URL"], url);
    assertFalse(problems[0].includes("hunter2"), problems[0]);
  }
});

Deno.test("true and false have the spellings that people use", () => {
  for (const [text, value] of [["TRUE", true], ["1", true], ["Yes", true], ["on", true]] as const) {
    assertEquals(parseConfig({ SCHEDULER_ENABLED: text }).schedulerEnabled, value);
  }
  for (const text of ["false", "0", "NO", "off"]) {
    assertEquals(parseConfig({ SCHEDULER_ENABLED: text }).schedulerEnabled, false);
  }
});

Deno.test("keys have a role and may hold colons", () => {
  assertEquals(parseConfig({ API_KEYS: "viewer:abcd:efgh, admin:12345678 ," }).apiKeys, [
    { role: "viewer", key: "abcd:efgh" },
    { role: "admin", key: "12345678" },
  ]);
});

Deno.test("an entry of API_KEYS that is wrong is told by its place", () => {
  const { problems } = assertThrows(
    () => parseConfig({ API_KEYS: "viewer:12345678,admin:short,nobody:12345678,12345678" }),
    ConfigError,
  );
  assertEquals(problems.map((problem) => problem.match(/entry \d/)?.[0]), [
    "entry 2",
    "entry 3",
    "entry 4",
  ]);
});

Deno.test("a patch is two or three numbers and nothing else", () => {
  for (const patch of ["15.20", "15.20.1"]) {
    assertEquals(parseConfig({ PATCH_FALLBACK: patch }).patchFallback, patch);
  }
  for (const patch of ["15", "15.", "15.20x", "15.20/../..", "v15.20"]) {
    assertEquals(wrongOf({ PATCH_FALLBACK: patch }), ["PATCH_FALLBACK"], patch);
  }
});

Deno.test("on Deno Deploy a program is not resident, and runs schedules on named timelines only", () => {
  const on = (timeline: string, more = {}) =>
    parseConfig({ DENO_DEPLOY: "1", DENO_DEPLOYMENT_ID: "d1", DENO_TIMELINE: timeline, ...more });

  const production = on("production");
  assertEquals(
    [production.resident, production.timelineRunsSchedules, production.deployment],
    [false, true, "d1"],
  );
  assertEquals(production.timeline, "production");
  assertEquals(on("git-branch/x").timelineRunsSchedules, false);
  const named = on("git-branch/x", { RUN_ON_TIMELINES: "production, git-branch/x" });
  assertEquals(named.timelineRunsSchedules, true);
});

Deno.test("variables that are not the program's are not looked at", () => {
  assertEquals(parseConfig({ PATH: "/bin", PORTS: "x" }), parseConfig({}));
});
