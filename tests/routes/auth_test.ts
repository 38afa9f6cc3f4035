import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEVELOPMENT_KEY, parseConfig, type Role, ROLES } from "../../lib/config.ts";
import { listRoutes } from "../../routes/app.ts";
import { acceptedKeys } from "../../routes/auth.ts";
import { TEST_KEYS, testAppWithoutDatabase } from "../support/app.ts";

/** Every route with the least role it takes; a route that is not here fails the tests. */
const ROLE_BY_ROUTE: Record<string, Role | null> = {
  "GET /": null,
  "GET /ui/assets/page.css": null,
  "GET /healthz": null,
  "GET /readyz": null,
  "GET /metrics": "viewer",
  "GET /jobs": "viewer",
  "GET /jobs/:id": "viewer",
  "POST /jobs/:id/run": "operator",
  "POST /jobs/:id/pause": "operator",
  "POST /jobs/:id/resume": "operator",
  "POST /jobs/:id/backfill": "operator",
  "GET /jobs/:id/why": "viewer",
  "GET /schedules": "viewer",
  "POST /schedules": "admin",
  "GET /schedules/:id": "viewer",
  "PATCH /schedules/:id": "admin",
  "DELETE /schedules/:id": "admin",
  "POST /schedules/:id/pause": "operator",
  "POST /schedules/:id/resume": "operator",
  "GET /runs": "viewer",
  "GET /jobs/:id/runs": "viewer",
  "GET /runs/:id": "viewer",
  "POST /runs/:id/cancel": "operator",
  "POST /runs/:id/retry": "operator",
  "GET /runs/:id/logs": "viewer",
  "GET /runs/:id/items": "viewer",
  "POST /admin/refresh/history-index": "operator",
  "POST /admin/refresh/model-registry": "operator",
  "POST /admin/refresh/patch-meta": "operator",
  "GET /admin/jobs/status": "viewer",
  "GET /admin/jobs/:job_id/status": "viewer",
  "POST /api/v1/learn/trigger-retrain": "operator",
  "GET /api/v1/learn/stats/:user_id": "viewer",
  "GET /api/v1/learn/correct": "viewer",
  "GET /students/:user_id/snapshots": "viewer",
  "GET /students/:user_id/recommendations": "viewer",
  "GET /matches/history-index.json": "viewer",
  "GET /matches/patch": "viewer",
  "GET /matches/platform": "viewer",
  "GET /matches/models": "viewer",
  "POST /matches/import": "admin",
  "GET /profiles": "viewer",
  "GET /profiles/:entity_type/:entity_id": "viewer",
  "GET /profiles/:entity_type/:entity_id/history": "viewer",
  "GET /profiles/:entity_type/:entity_id/memories": "viewer",
  "POST /profiles/:entity_type/:entity_id/restore": "operator",
  "POST /sample": "admin",
  "GET /openapi.json": "viewer",
  "GET /docs": "viewer",
};

/** What a route answers when it lets the caller in does not matter here. */
async function statusFor(route: string, headers: Record<string, string>): Promise<number> {
  await using test = testAppWithoutDatabase();
  const [method, path] = route.split(" ");
  const response = await test.app.request(path.replaceAll(/:\w+/g, "x"), { method, headers });
  await response.body?.cancel();
  return response.status;
}

Deno.test("every registered route is in the table of roles, and no other", async () => {
  await using test = testAppWithoutDatabase();
  const registered = test.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path}`);
  assertEquals(registered.toSorted(), Object.keys(ROLE_BY_ROUTE).toSorted());
});

Deno.test("the contracts say the roles that the table says", async () => {
  await using test = testAppWithoutDatabase();
  for (const { contract } of listRoutes(test.deps)) {
    const route = `${contract.method.toUpperCase()} ${contract.path}`;
    assertEquals(contract.role, ROLE_BY_ROUTE[route], route);
  }
});

for (const [route, needed] of Object.entries(ROLE_BY_ROUTE)) {
  Deno.test(`${route} without a key is ${needed ? "refused" : "answered"}`, async () => {
    assertEquals(await statusFor(route, {}) === 401, needed !== null);
  });

  for (const role of ROLES) {
    const allowed = needed === null || ROLES.indexOf(role) >= ROLES.indexOf(needed);
    Deno.test(`${route} is ${allowed ? "open to" : "refused to"} a key of role ${role}`, async () => {
      const status = await statusFor(route, { Authorization: `Bearer ${TEST_KEYS[role]}` });
      assert(status !== 401, "the key is known");
      assertEquals(status === 403, !allowed);
    });
  }
}

Deno.test("a route that is added without a contract is closed, and to viewers unless it is read", async () => {
  await using test = testAppWithoutDatabase();
  test.app.get("/new", (c) => c.text("new"));
  test.app.post("/new", (c) => c.text("new"));
  const status = async (method: string, role: Role | null) =>
    (await test.request(method, "/new", { as: role })).status;
  assertEquals(await status("GET", null), 401);
  assertEquals(await status("GET", "viewer"), 200);
  assertEquals(await status("POST", null), 401);
  assertEquals(await status("POST", "viewer"), 403);
  assertEquals(await status("POST", "operator"), 200);
});

Deno.test("a path that is not there needs a key too, so that nobody can tell", async () => {
  await using test = testAppWithoutDatabase();
  assertEquals((await test.request("GET", "/admin/secret", { as: null })).status, 401);
  assertEquals((await test.request("GET", "/admin/secret")).status, 404);
});

for (const header of ["X-API-Key", "X-STRATMANCER-KEY", "x-api-key"]) {
  Deno.test(`a key is taken from ${header}`, async () => {
    assertEquals(await statusFor("GET /docs", { [header]: TEST_KEYS.viewer }), 200);
  });
}

for (
  const authorization of [
    "Bearer viewer-key-of-a-tesT",
    "Bearer viewer-key-of-a-test-and-more",
    "Bearer ",
    "Basic dmlld2VyLWtleS1vZi1hLXRlc3Q=",
    TEST_KEYS.viewer,
    DEVELOPMENT_KEY,
    `Bearer ${DEVELOPMENT_KEY}`,
  ]
) {
  Deno.test(`"Authorization: ${authorization}" is refused`, async () => {
    assertEquals(await statusFor("GET /docs", { Authorization: authorization }), 401);
  });
}

Deno.test("a refusal names the scheme and never the key that was sent", async () => {
  await using test = testAppWithoutDatabase();
  const headers = { Authorization: "Bearer somebodys-secret" };
  const response = await test.request("GET", "/jobs", { as: null, headers });
  const text = await response.text();
  assertEquals(response.status, 401);
  assertEquals(response.headers.get("WWW-Authenticate"), "Bearer");
  assertEquals(response.headers.get("Content-Type"), "application/problem+json");
  assert(!text.includes("somebodys-secret"));
  assert(!test.logLines.join("\n").includes("somebodys-secret"));
});

Deno.test("without API_KEYS every call is refused, and the answer says why", async () => {
  await using test = testAppWithoutDatabase({
    env: { API_KEYS: "", DATABASE_URL: "postgres://localhost/x" },
  });
  for (const key of [DEVELOPMENT_KEY, "anything-else"]) {
    const headers = { Authorization: `Bearer ${key}` };
    const response = await test.request("GET", "/jobs", { as: null, headers });
    assertEquals(response.status, 401);
    assertStringIncludes((await response.json()).detail, "no API_KEYS are configured");
  }
});

const ADMIN_FOR_DEVELOPMENT = [{ role: "admin", key: DEVELOPMENT_KEY }];

for (const HOST of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
  Deno.test(`the development key is good with the embedded database on ${HOST}`, () => {
    assertEquals(acceptedKeys(parseConfig({ HOST })), ADMIN_FOR_DEVELOPMENT);
  });
}

for (
  const [what, env] of Object.entries({
    "on all addresses": { HOST: "0.0.0.0" },
    "on a name that only begins like loopback": { HOST: "127.0.0.1.example.org" },
    "with a database of its own": { DATABASE_URL: "postgres://localhost/x" },
    "on Deno Deploy": { DENO_DEPLOY: "1" },
    "named in API_KEYS": { API_KEYS: `admin:${DEVELOPMENT_KEY}` },
  })
) {
  Deno.test(`the development key is not good ${what}`, () => {
    assertEquals(acceptedKeys(parseConfig(env)), []);
  });
}

Deno.test("API_KEYS take the development key's place", () => {
  assertEquals(acceptedKeys(parseConfig({ API_KEYS: "viewer:long-enough" })), [
    { role: "viewer", key: "long-enough" },
  ]);
});
