/** Talks to the running program that holds the embedded database. */
import { type Config, DEVELOPMENT_KEY, ROLES } from "../config.ts";
import { EdgeCronError } from "../errors.ts";

/** The running program refused, in its own words. */
export class ProgramRefusedError extends EdgeCronError {
  readonly code = "program_refused";
}

/** Sends one request to the program at `address` with the strongest key that the configuration has. */
export async function callProgram(
  config: Config,
  address: string,
  path: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const response = await fetch(new URL(path, address), {
    method: init.method ?? "GET",
    headers: {
      authorization: `Bearer ${strongestKey(config)}`,
      "content-type": "application/json",
      ...init.headers,
    },
    body: init.body === undefined ? undefined : JSON.stringify(init.body),
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw new ProgramRefusedError(
    `The program at ${address} answered ${response.status}: ${
      problem?.detail ?? problem?.title ?? response.statusText
    }`,
  );
}

function strongestKey({ apiKeys }: Config): string {
  const byStrength = apiKeys.toSorted((a, b) => ROLES.indexOf(b.role) - ROLES.indexOf(a.role));
  return byStrength[0]?.key ?? DEVELOPMENT_KEY;
}
