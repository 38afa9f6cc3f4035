import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { Role } from "../lib/config.ts";
import { requireRole } from "./auth.ts";
import type { AppEnv } from "./deps.ts";
import { checkPathParams, readBody, readQuery, refuseQuery } from "./input.ts";

/**
 * What a route takes and gives; `/openapi.json` is made of these.
 *
 * Schemas are functions since making one costs about as much as answering a request: each is made
 * when it is first needed, those of answers only for the documentation and tests.
 */
export interface Contract<Path extends string, Query, Body> {
  method: "get" | "post" | "patch" | "delete";
  /** As Hono writes it, such as `/jobs/:id`. */
  path: Path;
  /** A few words, as a sentence without its full stop. */
  summary: string;
  description?: string;
  /** The section of the documentation. */
  tag: "jobs" | "runs" | "schedules" | "learning" | "students" | "matches" | "profiles" | "system";
  /** The least that a key must be allowed; null where no key is needed. */
  role: Role | null;
  query?: () => z.ZodType<Query>;
  body?: () => z.ZodType<Body>;
  /** Request headers that matter, each with what it does. */
  headers?: Record<string, string>;
  answers: Record<number, Answer>;
}

/** One kind of answer; JSON of `schema` unless `contentType` says otherwise. */
export interface Answer {
  description: string;
  schema?: () => z.ZodType;
  contentType?: string;
}

/** What a handler gets: checked, with defaults filled in. */
export interface Input<Path extends string, Query, Body> {
  params: PathParams<Path>;
  query: Query;
  body: Body;
}

/** The `:names` of a path, each a text. */
export type PathParams<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { [K in Name | keyof PathParams<`/${Rest}`>]: string }
  : Path extends `${string}:${infer Name}` ? { [K in Name]: string }
  : Record<never, string>;

/** A contract with its handler, their types forgotten, ready to be mounted. */
export interface Route {
  contract: Contract<string, unknown, unknown>;
  handle(c: Context<AppEnv>): Promise<Response>;
}

/** Puts a contract and its handler together: role, query and body are checked before the handler runs. */
export function defineRoute<Path extends string, Query = undefined, Body = undefined>(
  contract: Contract<Path, Query, Body>,
  handler: (
    input: Input<Path, Query, Body>,
    c: Context<AppEnv>,
  ) => Response | Promise<Response>,
): Route {
  const schemas: { query?: z.ZodType<Query>; body?: z.ZodType<Body> } = {};
  return {
    contract: contract as unknown as Route["contract"],
    async handle(c) {
      if (contract.role) requireRole(c, contract.role);
      schemas.query ??= contract.query?.();
      schemas.body ??= contract.body?.();
      const params = c.req.param() as PathParams<Path>;
      checkPathParams(params);
      if (!contract.query && contract.method !== "get") refuseQuery(c);
      const input = {
        params,
        query: (schemas.query && readQuery(c, schemas.query)) as Query,
        body: (schemas.body && await readBody(c, schemas.body)) as Body,
      };
      return await handler(input, c);
    },
  };
}

/** Mounts routes on the app. */
export function mountRoutes(app: Hono<AppEnv>, routes: readonly Route[]): void {
  for (const { contract, handle } of routes) {
    app.on(contract.method.toUpperCase(), contract.path, handle);
  }
}
