import type { Context } from "hono";

/** Whether a person with a browser asks; a terminal gets text. */
export function wantsHtml(c: Context): boolean {
  return (c.req.header("Accept") ?? "").toLowerCase().includes("text/html");
}
