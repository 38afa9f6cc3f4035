import type { MiddlewareHandler } from "hono";
import type { Log } from "../lib/log.ts";
import type { AppEnv } from "./deps.ts";

/**
 * Gives each request an id and logs one line when it is answered: reads at `debug`, the rest at `info`.
 *
 * The id of a proxy is kept (`X-Request-Id`). The query is left out, since it may hold what is nobody's business.
 */
export function logRequests(log: Log): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const begunMs = performance.now();
    const given = c.req.header("X-Request-Id") ?? "";
    const requestId = /^[\w-]{1,64}$/.test(given) ? given : crypto.randomUUID();
    c.set("requestId", requestId);
    await next();
    c.res.headers.set("X-Request-Id", requestId);
    const { method, path } = c.req;
    const level = method === "GET" || method === "HEAD" ? "debug" : "info";
    log[level](`${method} ${path}`, {
      status: c.res.status,
      ms: Math.round(performance.now() - begunMs),
      request_id: requestId,
    });
  };
}
