import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./deps.ts";

/** Lets what would change something wait until `filled` resolves; reads go on. */
export function holdActs(filled: Promise<void> = Promise.resolve()): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") await filled;
    await next();
  };
}
