import { z } from "zod";

/** The parameter with which a job looks at one student alone. */
export const studentParam = z.string().min(1).max(200).optional()
  .describe("Only this student; absent: every student.");
