import { z } from "zod";

/** How long one outbound request of a run may take. */
export function requestTimeoutParam() {
  return z.int().min(100).max(60_000).default(10_000)
    .describe("Milliseconds that one try of an outbound request may take.");
}
