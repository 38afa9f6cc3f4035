import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SignInLink } from "../../../lib/sign_in_link.ts";
import { openTestApp, TEST_KEYS, type TestApp, testAppWithoutDatabase } from "../../support/app.ts";
import { databaseTest } from "../../support/database.ts";

const BROWSER = { Accept: "text/html" };

/** A person's cookies, as a browser keeps them. */
class Cookies {
  readonly #values = new Map<string, string>();

  take(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/Max-Age=0(;|$)/.test(line)) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  get header(): string {
    return [...this.#values].map((pair) => pair.join("=")).join("; ");
  }

  get(name: string): string {
    return this.#values.get(name) ?? "";
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }
}

async function visit(test: TestApp, cookies: Cookies, path: string): Promise<Response> {
  const headers = { ...BROWSER, Cookie: cookies.header };
  const response = await test.request("GET", path, { as: null, headers });
  cookies.take(response);
  return response;
}

async function send(
  test: TestApp,
  cookies: Cookies,
  path: string,
  fields: Record<string, string>,
): Promise<Response> {
  const response = await test.request("POST", path, {
    as: null,
    headers: { ...BROWSER, Cookie: cookies.header },
    body: new URLSearchParams(fields),
  });
  cookies.take(response);
  return response;
}

function tokenOf(page: string): string {
  return /name="form_token" value="([^"]*)"/.exec(page)![1];
}

/** Signs in as a role; gives the form token of the session. */
async function signIn(test: TestApp, cookies: Cookies, key: string): Promise<string> {
  const form_token = tokenOf(await (await visit(test, cookies, "/ui/sign-in")).text());
  const answer = await send(test, cookies, "/ui/sign-in", { form_token, key });
  assertEquals(answer.status, 303);
  return tokenOf(await (await visit(test, cookies, "/")).text());
}

databaseTest(
  "a browser without a session is sent to sign in, and back to where it was",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    assertEquals((await visit(test, cookies, "/")).headers.get("Location"), "/ui/sign-in");
    const sent = await visit(test, cookies, "/ui/runs?status=failed");
    assertEquals(sent.status, 303);
    const place = sent.headers.get("Location")!;
    assertEquals(place, "/ui/sign-in?next=%2Fui%2Fruns%3Fstatus%3Dfailed");
    const page = await (await visit(test, cookies, place)).text();
    assertStringIncludes(page, 'name="next" value="/ui/runs?status=failed"');
    const docs = await visit(test, cookies, "/docs");
    assertEquals(docs.headers.get("Location"), "/ui/sign-in?next=%2Fdocs");
  },
);

for (const next of ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"]) {
  databaseTest(`signing in never leads to ${next}`, async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    const form_token = tokenOf(await (await visit(test, cookies, "/ui/sign-in")).text());
    const answer = await send(test, cookies, "/ui/sign-in", {
      form_token,
      key: TEST_KEYS.admin,
      next,
    });
    assertEquals(answer.headers.get("Location"), "/");
  });
}

databaseTest(
  "a session is a signed cookie that no script and no other site can use",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    const form_token = tokenOf(await (await visit(test, cookies, "/ui/sign-in")).text());
    const answer = await send(test, cookies, "/ui/sign-in", { form_token, key: TEST_KEYS.viewer });
    const line = answer.headers.getSetCookie().find((line) =>
      line.startsWith("edge_cron_session=")
    )!;
    assertMatch(line, /; HttpOnly; SameSite=Strict$/);
    assert(!line.includes(TEST_KEYS.viewer));
    assertEquals((await visit(test, cookies, "/jobs")).status, 200);

    const sealed = cookies.get("edge_cron_session");
    cookies.set("edge_cron_session", sealed.replace(/^./, (first) => first === "a" ? "b" : "a"));
    assertEquals((await visit(test, cookies, "/jobs")).status, 401);
  },
);

databaseTest("a wrong key, and a form without its token, open nothing", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const cookies = new Cookies();
  const form_token = tokenOf(await (await visit(test, cookies, "/ui/sign-in")).text());
  for (
    const fields of [{ form_token, key: "wrong-key" }, {
      form_token: "",
      key: TEST_KEYS.admin,
    }] as const
  ) {
    const answer = await send(test, cookies, "/ui/sign-in", fields);
    assertEquals(answer.status, 401);
    assertEquals(cookies.get("edge_cron_session"), "");
  }
});

databaseTest(
  "a session writes under /ui/ with its form token, and nowhere else",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    const form_token = await signIn(test, cookies, TEST_KEYS.operator);
    assertEquals((await send(test, cookies, "/jobs/count_words/run", {})).status, 401);
    for (const wrong of ["", "x".repeat(form_token.length)]) {
      const refused = await send(test, cookies, "/ui/jobs/count_words/run", { form_token: wrong });
      assertEquals(refused.status, 403);
      assertStringIncludes(await refused.text(), "<h1>This form can no longer be sent</h1>");
    }
    assertEquals((await sql`select from job_runs`).length, 0);
    const answer = await send(test, cookies, "/ui/jobs/count_words/run", { form_token });
    assertMatch(answer.headers.get("Location")!, /^\/ui\/runs\//);
    const [run] = await sql`select triggered_by from job_runs`;
    assertEquals(run.triggered_by, "ui:operator");
  },
);

databaseTest("a viewer's session changes nothing but its own settings", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const cookies = new Cookies();
  const form_token = await signIn(test, cookies, TEST_KEYS.viewer);
  for (const path of ["/ui/jobs/count_words/run", "/ui/jobs/count_words/pause", "/ui/schedules"]) {
    assertEquals((await send(test, cookies, path, { form_token })).status, 403, path);
  }
  const settings = await send(test, cookies, "/ui/settings", { form_token, theme: "dark" });
  assertEquals(settings.status, 303);
  assertStringIncludes(await (await visit(test, cookies, "/")).text(), 'data-theme="dark"');
});

databaseTest(
  "a session ends with signing out, with its key, and with its time",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    const form_token = await signIn(test, cookies, TEST_KEYS.admin);

    await using rekeyed = await openTestApp(sql, { env: { API_KEYS: "admin:another-key" } });
    assertEquals((await visit(rekeyed, cookies, "/jobs")).status, 401);

    const late = { now: () => sql`now() + interval '13 hours'` };
    await using later = await openTestApp(sql);
    Object.assign(later.engine, { clock: late });
    assertEquals((await visit(later, cookies, "/jobs")).status, 401);

    await send(test, cookies, "/ui/sign-out", { form_token });
    assertEquals((await visit(test, cookies, "/jobs")).status, 401);
  },
);

databaseTest(
  "signing out ends the session for whoever copied its cookie too, in every process, and no other session",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    await using elsewhere = await openTestApp(sql);
    const cookies = new Cookies();
    const others = new Cookies();
    const form_token = await signIn(test, cookies, TEST_KEYS.admin);
    await signIn(test, others, TEST_KEYS.admin);
    const copy = new Cookies();
    copy.set("edge_cron_session", cookies.get("edge_cron_session"));
    assertEquals((await visit(elsewhere, copy, "/jobs")).status, 200);

    await send(test, cookies, "/ui/sign-out", { form_token });

    for (const program of [test, elsewhere]) {
      assertEquals((await visit(program, copy, "/jobs")).status, 401);
      assertEquals((await visit(program, copy, "/")).headers.get("Location"), "/ui/sign-in");
      const act = await send(program, copy, "/ui/jobs/count_words/run", { form_token });
      assertEquals(act.headers.get("Location"), "/ui/sign-in");
      assertEquals((await visit(program, others, "/jobs")).status, 200);
    }
    assertEquals((await sql`select from job_runs`).length, 0);
  },
);

databaseTest(
  "while the database is away a session opens nothing and ends nothing, and a page says why",
  async ({ sql }) => {
    await using test = await openTestApp(sql);
    const cookies = new Cookies();
    const form_token = await signIn(test, cookies, TEST_KEYS.admin);
    await using away = testAppWithoutDatabase();
    for (const path of ["/", "/ui/runs", "/docs"]) {
      const page = await visit(away, cookies, path);
      assertEquals(page.status, 503, path);
      assertMatch(page.headers.get("Content-Type")!, /^text\/html/, path);
      assertEquals(page.headers.get("Retry-After"), "5", path);
      assertMatch(page.headers.get("Content-Security-Policy")!, /^default-src 'self'/, path);
      assertStringIncludes(await page.text(), "The database cannot be reached");
    }
    for (const path of ["/ui/jobs/count_words/run", "/ui/sign-out"]) {
      const answer = await send(away, cookies, path, { form_token });
      assertEquals(answer.status, 503, path);
      assertStringIncludes(await answer.text(), "The database cannot be reached");
    }
    assertEquals((await visit(test, cookies, "/jobs")).status, 200);
  },
);

databaseTest(
  "the link signs in once, by a form: looking at it does not use it up",
  async ({ sql }) => {
    const signInLink = new SignInLink();
    await using test = await openTestApp(sql, { signInLink });
    const path = `/ui/sign-in?link=${signInLink.issue()}`;
    const token = new URL(path, "http://localhost").searchParams.get("link")!;
    for (let looks = 0; looks < 3; looks++) {
      assertStringIncludes(
        await (await visit(test, new Cookies(), path)).text(),
        "Open the dashboard",
      );
    }
    for (const status of [303, 401]) {
      const cookies = new Cookies();
      const form_token = tokenOf(await (await visit(test, cookies, path)).text() || "");
      const answer = await send(test, cookies, "/ui/sign-in", { form_token, link: token });
      assertEquals(answer.status, status);
    }
  },
);

databaseTest("the secret is made with the first sign-in and kept", async ({ sql }) => {
  await using test = await openTestApp(sql);
  const secret = async () => (await sql`select session_secret from engine_state`)[0].session_secret;
  await visit(test, new Cookies(), "/ui/sign-in");
  assertEquals(await secret(), null);
  await signIn(test, new Cookies(), TEST_KEYS.admin);
  const made = await secret();
  assertMatch(made, /^[\w-]{43}$/);
  await signIn(test, new Cookies(), TEST_KEYS.admin);
  assertEquals(await secret(), made);
});
