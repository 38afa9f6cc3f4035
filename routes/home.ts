import { wantsHtml } from "./accept.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { Dashboard } from "./dashboard.ts";

/** What stands on `/`: an address or a command each, with what it is for. */
export const WHERE_TO_LOOK: readonly (readonly [where: string, what: string])[] = [
  ["GET /jobs", "every job with its schedule, next run and figures"],
  ["POST /jobs/:id/run", "run one now"],
  ["GET /runs", "what ran, when, and what came of it"],
  ["GET /runs/:id/logs", "what a run said, live with Accept: text/event-stream"],
  ["GET /readyz", "whether the database answers and the clock ticks"],
  ["GET /docs", "every address with what it takes; /openapi.json has what it gives, for programs"],
];

export function homeRoutes(dashboard: Dashboard): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/",
      summary: "The dashboard for a browser; where to look for a terminal",
      tag: "system",
      role: null,
      answers: {
        200: {
          description: "A short text, or the page of who is signed in",
          contentType: "text/plain",
        },
        303: { description: "To sign in" },
      },
    }, (_, c) => wantsHtml(c) ? dashboard.answer(c) : c.text(homeText())),

    defineRoute({
      method: "get",
      path: "/ui/assets/page.css",
      summary: "The looks of the pages",
      tag: "system",
      role: null,
      answers: { 200: { description: "A style sheet", contentType: "text/css" } },
    }, async (_, c) => {
      const { default: css } = await import("./assets/page.css", { with: { type: "text" } });
      c.header("Cache-Control", "public, max-age=3600");
      return c.body(css, 200, { "Content-Type": "text/css; charset=utf-8" });
    }),
  ];
}

function homeText(): string {
  const width = Math.max(...WHERE_TO_LOOK.map(([where]) => where.length));
  return [
    "Edge Cron runs here: jobs declared with Deno.cron, every run of them kept in Postgres.",
    "",
    ...WHERE_TO_LOOK.map(([where, what]) => `  ${where.padEnd(width)}  ${what}`),
    "",
    "All but this page, /healthz and /readyz need a key: Authorization: Bearer KEY",
    "With a browser this is the dashboard.",
    "",
  ].join("\n");
}
