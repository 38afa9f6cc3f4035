/** What the program is measured against: its four largest imports, a route, and nothing else. */
import { Cron } from "croner";
import { Hono } from "hono";
import postgres from "postgres";
import { z } from "zod";

const sql = postgres(Deno.env.get("DATABASE_URL")!);
const port = z.coerce.number().parse(Deno.env.get("PORT"));
const nightly = new Cron("0 2 * * *", { timezone: "UTC", paused: true });
const app = new Hono().get(
  "/healthz",
  (c) => c.json({ next: nightly.nextRun(), max: sql.options.max }),
);
Deno.serve({ port, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
