/** Talks to the running program that holds the embedded database. */
import { type Config, DEVELOPMENT_KEY, ROLES } from "../config.ts";
import { EdgeCronError, errorMessage } from "../errors.ts";

/** The running program refused, in its own words, or does not answer. */
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
  const response = await fetchFrom(address, path, {
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
  const reason = problem?.detail ?? problem?.title ?? response.statusText;
  const hint = [401, 403].includes(response.status) ? `\n  ${hintAtKeys(config)}` : "";
  throw new ProgramRefusedError(
    `The program at ${address} answered ${response.status}: ${reason}${hint}`,
  );
}

async function fetchFrom(address: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, address), init);
  } catch (error) {
    throw new ProgramRefusedError(
      `The program at ${address} does not answer: ${errorMessage(error)}`,
    );
  }
}

function hintAtKeys({ apiKeys }: Config): string {
  const sent = apiKeys.length === 0
    ? "No API_KEYS are set here, so the development key was sent"
    : "The strongest key in API_KEYS was sent";
  return `${sent}: set API_KEYS, or put it into .env, as the program has it`;
}

function strongestKey({ apiKeys }: Config): string {
  const byStrength = apiKeys.toSorted((a, b) => ROLES.indexOf(b.role) - ROLES.indexOf(a.role));
  return byStrength[0]?.key ?? DEVELOPMENT_KEY;
}
