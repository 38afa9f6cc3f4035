import { Hono } from "hono";
import { errorMessage } from "../lib/errors.ts";
import { wantsHtml } from "./accept.ts";
import { acceptedKeys, authenticate, isPage } from "./auth.ts";
import { backfillRoutes } from "./backfill.ts";
import { mountRoutes, type Route } from "./contract.ts";
import type { AppDeps, AppEnv } from "./deps.ts";
import { createDashboard, mountDashboard } from "./dashboard.ts";
import { docsRoutes } from "./docs.ts";
import { healthRoutes } from "./health.ts";
import { homeRoutes } from "./home.ts";
import { jobRoutes } from "./jobs.ts";
import { metricsRoutes } from "./metrics.ts";
import { pauseRoutes } from "./pauses.ts";
import { problemOf, problemOfUnknownPath } from "./problem.ts";
import { logRequests } from "./request_log.ts";
import { runDetailRoutes } from "./run_details.ts";
import { runRoutes } from "./runs.ts";
import { sampleRoutes } from "./sample.ts";
import { scheduleRoutes } from "./schedules.ts";
import { holdActs, holdUntilStarted } from "./hold_acts.ts";
import { addSecurityHeaders } from "./security_headers.ts";
import { adminJobRoutes } from "./systems/admin_jobs.ts";
import { learningRoutes } from "./systems/learning.ts";
import { studentRoutes } from "./systems/students.ts";
import { matchesRoutes } from "./systems/matches.ts";
import { matchesAdminRoutes } from "./systems/matches_admin.ts";
import { profileRoutes } from "./systems/profiles.ts";
import { whyRoutes } from "./why.ts";

/**
 * The whole HTTP side of the program.
 *
 * Closed by default: a route that is added needs a key unless `auth.ts` lists its path as open.
 */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const { log, config } = deps.engine;
  const app = new Hono<AppEnv>();
  const keys = acceptedKeys(config);
  const dashboard = createDashboard(deps);
  app.use(
    logRequests(log),
    addSecurityHeaders(),
    holdUntilStarted(deps.started, deps.stopping),
    authenticate(keys, (c) => dashboard.findSignedIn(c, keys)),
    holdActs(deps.filled),
  );

  mountRoutes(app, listRoutes(deps, dashboard));
  mountDashboard(app, dashboard);
  app.onError(async (error, c) => {
    const answer = problemOf(error);
    if (answer.status >= 500) {
      log.error(`${c.req.method} ${c.req.path} failed`, {
        request_id: c.get("requestId"),
        error: errorMessage(error),
        stack: answer.status === 500 ? error.stack : undefined,
      });
      // Such as a session that cannot be looked up while the database is away.
      if (isPage(c.req.path) && wantsHtml(c)) return await dashboard.tellProblem(c, answer);
    }
    return answer;
  });
  app.notFound((c) => problemOfUnknownPath(c, allowedMethods(app, c.req.path)));
  return app;
}

/** Every route with its contract, in the order of the documentation. */
export function listRoutes(deps: AppDeps, dashboard = createDashboard(deps)): Route[] {
  const routes = [
    ...homeRoutes(dashboard),
    ...healthRoutes(deps),
    ...metricsRoutes(deps),
    ...jobRoutes(deps),
    ...pauseRoutes(deps),
    ...backfillRoutes(deps),
    ...whyRoutes(deps),
    ...scheduleRoutes(deps),
    ...runRoutes(deps),
    ...runDetailRoutes(deps),
    ...learningRoutes(deps),
    ...studentRoutes(deps),
    ...matchesRoutes(deps),
    ...matchesAdminRoutes(deps),
    ...adminJobRoutes(deps),
    ...profileRoutes(deps),
    ...sampleRoutes(deps),
  ];
  return [...routes, ...docsRoutes(routes)];
}

/** The methods that routes take at a path. */
function allowedMethods(app: Hono<AppEnv>, pathname: string): string[] {
  const methods = app.routes
    .filter(({ method, path }) =>
      method !== "ALL" && new URLPattern({ pathname: path }).test({ pathname })
    )
    .map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]))];
}
