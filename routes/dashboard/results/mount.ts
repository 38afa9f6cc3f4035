import type { Hono } from "hono";
import { NotFoundError } from "../../../lib/errors.ts";
import type { AppDeps } from "../../deps.ts";
import type { PageContext, PageEnv } from "../view.ts";
import { learningResults } from "./learning.tsx";
import { matchesResults } from "./matches.tsx";
import { mountRestore } from "./mount_restore.ts";
import { profileResults } from "./profiles.tsx";
import { resultsPage } from "./results_page.tsx";
import { studentResults } from "./students.tsx";

/** The pages of what the jobs came to. */
export function mountResults(pages: Hono<PageEnv>, deps: AppDeps): void {
  const { engine } = deps;
  const show = async (c: PageContext, domainId: string) => {
    const view = c.get("view");
    const domains = [learningResults, studentResults, matchesResults, profileResults]
      .map((make) => make(engine, view, new URL(c.req.url)));
    const domain = domains.find(({ id }) => id === domainId);
    if (!domain) throw new NotFoundError(`There are no results of "${domainId}".`);
    const text = clean(c.req.query("q"));
    const id = clean(c.req.query("id"));
    const found = domain.find && !id ? await domain.find(text) : null;
    const blocks = domain.find && !id ? [] : await domain.read(id);
    if (!blocks) throw new NotFoundError(`There is no ${domain.thing} "${id}".`);
    return c.html(resultsPage({ view, domains, domain, found, text, id, blocks }));
  };

  mountRestore(pages, deps);
  pages.get("/ui/results", (c) => show(c, "learning"));
  pages.get("/ui/results/:domain", (c) => show(c, c.req.param("domain")));
}

function clean(text = ""): string {
  return text.replaceAll("\0", "").trim().slice(0, 200);
}
