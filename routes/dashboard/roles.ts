import { type Role, ROLES } from "../../lib/config.ts";
import { HttpError } from "../problem.ts";
import type { PageContext } from "./view.ts";

/** Refuses who may do less than a role, as the same act over HTTP does. Throws `HttpError`. */
export function requireRole(c: PageContext, needed: Role): void {
  const role = c.env.caller?.role;
  if (hasRole(role, needed)) return;
  throw new HttpError("forbidden", `This takes the role ${needed}; you have the role ${role}.`);
}

/** Whether a role may do what takes another. */
export function hasRole(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
