import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { testAppWithoutDatabase } from "../support/app.ts";

const BROWSER = { Accept: "text/html,application/xhtml+xml" };

// deno-lint-ignore no-explicit-any
type Json = any;

/** Every `$ref` in a document. */
function findRefs(part: Json): string[] {
  if (typeof part !== "object" || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) =>
    name === "$ref" ? [value as string] : findRefs(value)
  );
}

Deno.test("the OpenAPI document has every registered route and no other", async () => {
  await using test = testAppWithoutDatabase();
  const document = await test.getJson("/openapi.json");
  assertEquals(document.openapi, "3.1.0");
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const registered = test.app.routes.filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  assertEquals(documented.toSorted(), registered.toSorted());
});

Deno.test("every reference in the OpenAPI document leads somewhere", async () => {
  await using test = testAppWithoutDatabase();
  const document = await test.getJson("/openapi.json");
  const refs = findRefs(document);
  assert(refs.length > 0);
  for (const ref of refs) {
    const name = ref.replace("#/components/schemas/", "");
    assert(document.components.schemas[name], ref);
  }
  assertEquals(
    Object.keys(document.components.schemas).toSorted(),
    ["Attempt", "Job", "Problem", "ProfileMaintenance", "Run", "RunSummary", "Schedule"],
  );
});

Deno.test("the document says what the run request takes, as the handler checks it", async () => {
  await using test = testAppWithoutDatabase();
  const { paths } = await test.getJson("/openapi.json");
  const { post } = paths["/jobs/{id}/run"];
  assertEquals(post["x-role"], "operator");
  assertEquals(post.parameters.map(({ name, in: place }: Json) => [name, place]), [
    ["id", "path"],
    ["Idempotency-Key", "header"],
    ["Prefer", "header"],
  ]);
  const { schema } = post.requestBody.content["application/json"];
  assertEquals(Object.keys(schema.properties), ["params", "bot_id", "dry_run", "as_of"]);
  assertEquals(schema.additionalProperties, false);
  assertEquals(schema.required, undefined);
  assertEquals(Object.keys(post.responses), ["200", "202", "409", "default"]);
});

Deno.test("the document says what a list of runs can be filtered by", async () => {
  await using test = testAppWithoutDatabase();
  const { paths } = await test.getJson("/openapi.json");
  const { parameters, responses } = paths["/runs"].get;
  assertEquals(
    parameters.map(({ name }: Json) => name),
    ["job", "status", "reason", "trigger", "lost", "since", "until", "limit", "cursor"],
  );
  assertEquals(parameters.filter(({ required }: Json) => required), []);
  assertEquals(
    responses["200"].content["application/json"].schema.properties.runs.items,
    { $ref: "#/components/schemas/RunSummary" },
  );
});

Deno.test("open routes need no key in the document either", async () => {
  await using test = testAppWithoutDatabase();
  const { paths, security } = await test.getJson("/openapi.json");
  assertEquals(paths["/healthz"].get.security, []);
  assertEquals(paths["/jobs"].get.security, undefined);
  assertEquals(security, [{ bearer: [] }, { apiKey: [] }]);
});

Deno.test("/docs is text for a terminal, a line for each route, in columns", async () => {
  await using test = testAppWithoutDatabase();
  const text = await (await test.request("GET", "/docs")).text();
  assertMatch(text, /^POST +\/jobs\/\{id\}\/run +operator +Run a job now$/m);
  const documented = test.app.routes.filter(({ method }) => method !== "ALL");
  const lines = text.trimEnd().split("\n").filter((line) => !line.startsWith(" "));
  assertEquals(lines.length, documented.length);
  const columns = lines.map((line) => line.search(/ (viewer|operator|admin|anybody) /));
  assertEquals(new Set(columns).size, 1, text);
});

Deno.test("/docs as text has under each route what it takes", async () => {
  await using test = testAppWithoutDatabase();
  const text = await (await test.request("GET", "/docs")).text();
  const takenBy = (route: string) => {
    const [, ...rest] = text.slice(text.search(new RegExp(`^${route} `, "m"))).split("\n");
    return rest.slice(0, rest.findIndex((line) => !line.startsWith(" "))).map((line) =>
      line.trim()
    );
  };
  assertEquals(takenBy("POST +/jobs/{id}/backfill"), ["body: from, to, schedule_id?"]);
  assertEquals(takenBy("GET +/jobs/{id}/why"), ["query: at, schedule_id?"]);
  assertEquals(takenBy("GET +/jobs"), []);
  assertEquals(takenBy("POST +/runs/{id}/cancel"), []);
});

Deno.test("/docs is a page for a browser, with nothing from elsewhere and no script", async () => {
  await using test = testAppWithoutDatabase();
  const response = await test.request("GET", "/docs", { headers: BROWSER });
  const page = await response.text();
  assertStringIncludes(response.headers.get("Content-Type")!, "text/html");
  assertStringIncludes(page, "POST /jobs/{id}/run");
  assert(!/https?:\/\/|<script|<style|style=|javascript:/i.test(page));
});

Deno.test("/ says where to look to a terminal, without data", async () => {
  await using test = testAppWithoutDatabase();
  const text = await (await test.request("GET", "/", { as: null })).text();
  for (const address of ["GET /jobs", "POST /jobs/:id/run", "GET /docs", "/readyz"]) {
    assertStringIncludes(text, address);
  }
  assert(!text.includes("count_words"));
});

Deno.test("the pages' style sheet is there, open, and may be kept", async () => {
  await using test = testAppWithoutDatabase();
  const page = await (await test.request("GET", "/docs", { headers: BROWSER })).text();
  const href = /<link rel="stylesheet" href="([^"]+)"/.exec(page)![1];
  const response = await test.request("GET", href, { as: null });
  assertEquals(response.status, 200);
  assertStringIncludes(response.headers.get("Content-Type")!, "text/css");
  assertEquals(response.headers.get("Cache-Control"), "public, max-age=3600");
  assertStringIncludes(await response.text(), "color-scheme");
});
