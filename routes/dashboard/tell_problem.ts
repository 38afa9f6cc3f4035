import type { Context } from "hono";
import { errorPage } from "./error_page.tsx";
import type { View } from "./view.ts";

/** A problem as a page, with the status and the headers that it has; `view` is undefined when nothing is known. */
export async function tellProblem(c: Context, problem: Response, view?: View): Promise<Response> {
  const { status, headers } = problem;
  const page = await c.html(errorPage(view, await problem.json()));
  for (const [name, value] of headers) {
    if (name !== "content-type") page.headers.set(name, value);
  }
  return new Response(page.body, { status, headers: page.headers });
}
