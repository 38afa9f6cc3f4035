/**
 * `deno task outside-world [PORT]`: everything that the jobs ask outside, on loopback: a chat model made
 * of rules, Riot's status and Data Dragon. Prints the settings with which the program finds them.
 */
import { NAMED_CHAMPIONS } from "../../jobs/matches/sample/champions.ts";
import { readQuestion, respond } from "./llm_server.ts";

/** Takes the place of what the internet would answer; disposing of it ends it. */
export interface OutsideWorld extends AsyncDisposable {
  /** What the program's environment must say. */
  env: Record<string, string>;
}

const RIOT_KEY = "RGAPI-outside-world";

/** The newest first, as Data Dragon has them; one that is no patch is among them there too. */
const VERSIONS = ["15.21.1", "15.20.1", "15.19.1", "lolpatch_7.20"];

/** An entry for each champion of the sample, as Data Dragon has them. */
const CHAMPIONS = Object.fromEntries(
  NAMED_CHAMPIONS.map(({ id, name }) => [name.replaceAll(/\W/g, ""), { key: String(id), name }]),
);

/** As lol-status-v4 answers on a quiet day with maintenance announced. */
const PLATFORM = {
  id: "EUW1",
  name: "EU West",
  locales: ["en_GB"],
  maintenances: [{ id: 1, maintenance_status: "scheduled", incident_severity: null }],
  incidents: [],
};

/** Starts it on a port of 127.0.0.1; default: one that is free. */
export function startOutsideWorld(port = 0): OutsideWorld {
  const ending = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {}, signal: ending.signal },
    answer,
  );
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return {
    env: {
      DATA_DRAGON_BASE_URL: origin,
      RIOT_BASE_URL: origin,
      RIOT_API_KEY: RIOT_KEY,
      LLM_BASE_URL: `${origin}/v1`,
      PROFILE_MAINTENANCE_MODEL: "rules",
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await server.finished;
    },
  };
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/versions.json") return Response.json(VERSIONS);
  if (/^\/cdn\/[\d.]+\/data\/en_US\/champion\.json$/.test(pathname)) {
    return Response.json({ data: CHAMPIONS });
  }
  if (pathname === "/lol/status/v4/platform-data") {
    return request.headers.get("X-Riot-Token") === RIOT_KEY
      ? Response.json(PLATFORM)
      : Response.json({ status: { message: "Forbidden", status_code: 403 } }, { status: 403 });
  }
  const question = await readQuestion(request);
  return question ? respond(question, "tidies") : new Response("nothing here", { status: 404 });
}

if (import.meta.main) {
  const { env } = startOutsideWorld(Number(Deno.args[0] ?? 0));
  for (const [name, value] of Object.entries(env)) console.log(`${name}=${value}`);
}
