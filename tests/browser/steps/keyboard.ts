import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Steps } from "./steps.ts";

export async function testKeyboard({ t, program, page }: Steps): Promise<void> {
  const { origin } = program;
  const focused = (what: string) => page.evaluate(`document.activeElement.${what}`);

  await t.step("the first stop skips to the content", async () => {
    await page.goto(origin);
    await page.keyboard.press("Tab");
    assertEquals(await focused("textContent"), "Skip to content");
    await page.keyboard.press("Enter");
    assertEquals(await focused("id"), "main");
  });

  await t.step("/ searches while one types, and Escape leaves what is open", async () => {
    await page.goto(origin);
    await page.keyboard.press("/");
    await page.keyboard.type("old runs");
    await page.locator("tr[data-row]").nth(1).waitFor({ state: "detached" });
    assertMatch(page.url(), /q=old/);
    await page.goto(`${origin}/ui/jobs/cleanup_old_runs`);
    await page.keyboard.press("/");
    assertEquals(await focused("name"), "error");
    await page.locator(".ask summary").first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".ask[open]").waitFor();
    await page.keyboard.press("Escape");
    assertEquals(await page.locator(".ask[open]").count(), 0);
    assertEquals(await focused("tagName"), "SUMMARY");
    await page.goto(`${origin}/ui/timeline`);
    await page.keyboard.press("/");
    await page.locator("input[name=q]:focus").waitFor();
  });

  await t.step("who types faster than the server answers sees what was typed last", async () => {
    await page.goto(origin);
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
    const isSearch = ({ searchParams }: URL) => searchParams.has("q");
    await page.route(isSearch, async (route) => {
      await mayAnswer;
      await route.continue();
    });
    for (const text of ["o", "ol", "old runs"]) {
      await page.locator("[data-search]").fill(text);
      await page.locator("[data-search]").dispatchEvent("change");
    }
    answer();
    await page.waitForURL(/q=old\+runs/);
    await page.unroute(isSearch);
  });

  await t.step("what is typed just before an answer comes is searched as well", async () => {
    await page.goto(origin);
    await page.evaluate(`document.addEventListener("htmx:after:request", () => {
      const field = document.querySelector("[data-search]");
      field.value = "old runs";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, { once: true })`);
    await page.keyboard.press("/");
    await page.keyboard.type("o");
    await page.waitForURL(/q=old\+runs/);
  });

  await t.step("what is typed before a timer could run is searched", async () => {
    const busy = await page.context().newPage();
    await busy.addInitScript(`
      const { setTimeout } = window;
      window.setTimeout = (work, ms = 5_000, ...rest) => setTimeout(work, ms, ...rest);
    `);
    await busy.goto(origin);
    await busy.keyboard.press("/");
    await busy.keyboard.type("old runs");
    await busy.waitForURL(/q=old\+runs/, { timeout: 4_000 });
    await busy.close();
  });

  await t.step("a search takes the place of a refresh that is not answered yet", async () => {
    await page.goto(origin);
    const isRefresh = (url: URL) => url.pathname === "/" && !url.searchParams.has("q");
    await page.route(isRefresh, () => {});
    const given = page.waitForEvent("requestfailed");
    await page.evaluate(
      `document.getElementById("live").dispatchEvent(new CustomEvent("refresh"))`,
    );
    await page.keyboard.press("/");
    await page.keyboard.type("old runs");
    await page.waitForURL(/q=old\+runs/);
    await page.locator("tr[data-row]").nth(1).waitFor({ state: "detached" });
    assertEquals((await given).url(), `${origin}/`);
    await page.unroute(isRefresh);
  });

  await t.step("j and k walk the rows, Enter opens one", async () => {
    await page.goto(origin);
    for (const key of ["j", "j", "k"]) await page.keyboard.press(key);
    const first = await page.locator("tr[data-row]").first().getAttribute("id");
    assertEquals(await page.locator("[aria-current-row]").getAttribute("id"), first);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/ui/jobs/${first!.replace("job-", "")}`);
  });

  await t.step("? helps, and r runs the job of the row", async () => {
    await page.goto(origin);
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    assertEquals(await page.locator("dialog[open]").count(), 0);
    await page.keyboard.press("j");
    await page.keyboard.press("r");
    await page.waitForURL(/\/ui\/runs\//);
  });

  await t.step("the bars of a lane are walked by the arrows, and say what they are", async () => {
    await page.goto(`${origin}/ui/timeline`);
    const lane = page.locator(".lane", { hasText: "Refresh history index" });
    await lane.locator(".name").focus();
    // Bars of one minute may say the same: where they lead to tells them apart.
    const lead = () => focused(`getAttribute("href")`);
    await page.keyboard.press("ArrowLeft");
    const newest = await lead();
    assertMatch(await page.locator("#tip").textContent() ?? "", /^\d\d:\d\d, success/);
    await page.keyboard.press("ArrowLeft");
    assertNotEquals(await lead(), newest);
    await page.keyboard.press("ArrowRight");
    assertEquals(await lead(), newest);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/ui\/runs\/[0-9a-f-]+$/);
  });

  await t.step(
    "a lane that j has chosen is walked both ways, from its name round to it",
    async () => {
      await page.goto(`${origin}/ui/timeline`);
      const at = () =>
        page.evaluate(`(() => {
        const { href } = document.activeElement;
        const bars = [...document.querySelectorAll("[aria-current-row] svg a")];
        return bars.map(({ href }) => href.baseVal).indexOf(href.baseVal ?? null);
      })()`);
      await page.keyboard.press("j");
      const last = await page.locator("[aria-current-row] svg a").count() - 1;
      assert(last > 0);
      await page.keyboard.press("ArrowRight");
      assertEquals(await at(), 0);
      await page.keyboard.press("ArrowLeft");
      assertEquals(await focused("className"), "name");
      await page.keyboard.press("ArrowLeft");
      assertEquals(await at(), last);
      // Who has clicked elsewhere walks on from the row's name.
      await page.evaluate("document.activeElement.blur()");
      await page.keyboard.press("ArrowRight");
      assertEquals(await at(), 0);
    },
  );

  await t.step("a lane is one stop of the Tab key", async () => {
    await page.goto(`${origin}/ui/timeline`);
    await page.locator(".lane .name").nth(5).focus();
    await page.keyboard.press("Tab");
    assertEquals(
      await focused("textContent"),
      await page.locator(".lane .name").nth(6).textContent(),
    );
  });

  await t.step("a bar under the pointer says what it is", async () => {
    await page.goto(`${origin}/ui/timeline`);
    const bar = page.locator(".lane", { hasText: "Retrain correction models" }).locator("svg a");
    await bar.first().locator("path").hover();
    assertMatch(await page.locator("#tip").textContent() ?? "", /\d\d:\d\d, failed/);
    await page.locator("h1").hover();
    assertEquals(await page.locator("#tip").isVisible(), false);
  });
}
