import { ROLES } from "../../lib/config.ts";
import { HttpError } from "../problem.ts";
import type { PageContext } from "./view.ts";

/** Refuses who may only look. Throws `HttpError`. */
export function requireOperator(c: PageContext): void {
  const role = c.env.caller?.role;
  if (role && ROLES.indexOf(role) >= ROLES.indexOf("operator")) return;
  throw new HttpError("forbidden", `This takes the role operator; you have the role ${role}.`);
}
