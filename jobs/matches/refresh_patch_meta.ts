import { z } from "zod";
import { errorMessage } from "../../lib/errors.ts";
import { defineJob, type JobContext } from "../../lib/job.ts";
import type { JsonRequest } from "../fetch_json.ts";
import type { Champion, PlatformStatus } from "./riot.ts";
import { requestTimeoutParam } from "./request_timeout_param.ts";

interface Params {
  request_timeout_ms: number;
}

/**
 * Source of the rule: seed 003, job 3, daily at 03:00 with a grace of 1 hour. Riot's status, which it
 * asks for the patch, carries none: Data Dragon does, and status says how the platform is.
 */
export const refreshPatchMeta = defineJob<Params>({
  id: "refresh_patch_meta",
  name: "Refresh patch metadata",
  description:
    "Asks Data Dragon for the game's current patch and its champions' names and, with RIOT_API_KEY, Riot for the platform's health; when Data Dragon fails, the last known patch stays, else PATCH_FALLBACK stands in.",
  tags: ["matches"],
  schedule: { cron: "0 3 * * *" },
  params: z.strictObject({ request_timeout_ms: requestTimeoutParam() }),
  policies: { graceSeconds: 3_600, slowAfterMs: 600_000 },
  async run(ctx) {
    const { keepLastKnownPatch, readPatch, writePatch, writePlatform } = await import(
      "./patch_store.ts"
    );
    const { writeChampions } = await import("./champions_store.ts");
    const { toPatch } = await import("./riot.ts");
    const version = await askForVersion(ctx);
    const champions = version === null ? null : await askForChampions(ctx, version);
    const platform = await askForPlatform(ctx);
    const before = await readPatch(ctx.sql);

    const { patch: current, source } = await ctx.transaction(async (tx) => {
      if (version !== null) {
        await writePatch(tx, toPatch(version), "data_dragon");
      } else if (!await keepLastKnownPatch(tx)) {
        await writePatch(tx, toPatch(ctx.config.patchFallback), "fallback");
      }
      if (champions !== null) await writeChampions(tx, champions);
      if (platform !== null) await writePlatform(tx, platform);
      return (await readPatch(tx))!;
    });

    if (before && before.patch !== current) {
      ctx.log.info(`Patch changed from ${before.patch} to ${current}`);
    }
    ctx.log.info(`Patch metadata refreshed: ${current}`, { source, platform: platform?.health });
    return { patch: current, source, platform: platform?.health ?? null };
  },
});

/** Null when Data Dragon does not say. */
async function askForVersion(ctx: JobContext<Params>): Promise<string | null> {
  const { readNewestVersion } = await import("./riot.ts");
  try {
    return readNewestVersion(await get(ctx, ctx.config.dataDragonBaseUrl, "/api/versions.json"));
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn("Data Dragon did not give the patch", { error: errorMessage(error) });
    return null;
  }
}

/** Null when Data Dragon does not say: the names that are known stay. */
async function askForChampions(
  ctx: JobContext<Params>,
  version: string,
): Promise<Champion[] | null> {
  const { readChampions } = await import("./riot.ts");
  try {
    const path = `/cdn/${version}/data/en_US/champion.json`;
    return readChampions(await get(ctx, ctx.config.dataDragonBaseUrl, path));
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn("Data Dragon did not give the champions' names", { error: errorMessage(error) });
    return null;
  }
}

/** Null when Riot does not say, or cannot be asked without a key. */
async function askForPlatform(ctx: JobContext<Params>): Promise<PlatformStatus | null> {
  const { riotApiKey, riotBaseUrl } = ctx.config;
  const { readPlatformStatus } = await import("./riot.ts");
  if (riotApiKey === null) {
    ctx.log.info("The platform's health is not asked for: RIOT_API_KEY is not set");
    return null;
  }
  try {
    const path = "/lol/status/v4/platform-data";
    const headers = { "X-Riot-Token": riotApiKey };
    return readPlatformStatus(
      await get(ctx, riotBaseUrl, path, { headers, followsRedirects: false }),
    );
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn("Riot did not give the platform's health", { error: errorMessage(error) });
    return null;
  }
}

async function get(
  ctx: JobContext<Params>,
  baseUrl: string,
  path: string,
  options?: Pick<JsonRequest, "headers" | "followsRedirects">,
): Promise<unknown> {
  const { fetchJson } = await import("../fetch_json.ts");
  const { signal, params } = ctx;
  const { body } = await fetchJson(ctx.fetch, baseUrl.replace(/\/+$/, "") + path, {
    ...options,
    signal,
    timeoutMs: params.request_timeout_ms,
  });
  return body;
}
