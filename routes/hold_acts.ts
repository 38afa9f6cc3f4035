import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./deps.ts";
import { unavailable } from "./problem.ts";

/** Lets what would change something wait until `filled` resolves; reads go on. */
export function holdActs(filled: Promise<void> = Promise.resolve()): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") await filled;
    await next();
  };
}

/**
 * Lets what needs the database's tables wait until `started` resolves; signing in is one, and each use of a session.
 *
 * What waited when the program was ended is sent away instead: there may never have been tables.
 */
export function holdUntilStarted(
  started: Promise<void> | undefined,
  stopping: AbortSignal | undefined,
): MiddlewareHandler<AppEnv> {
  let isStarted = started === undefined;
  started?.then(() => isStarted = !stopping?.aborted);
  return async (c, next) => {
    if (!isStarted && needsTables(c.req.path)) {
      await started;
      if (!isStarted) return unavailable("The program is ending.");
    }
    await next();
  };
}

function needsTables(path: string): boolean {
  return !["/healthz", "/readyz"].includes(path) && !path.startsWith("/ui/assets/");
}
