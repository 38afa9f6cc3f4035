import { z } from "zod";

/** The parameter with which a job looks at one user alone. */
export const userIdParam = z.string().min(1).max(200).optional()
  .describe("Only this user; absent: every user.");
