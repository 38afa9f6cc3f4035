import { z } from "zod";
import { readNewestDocument } from "../../jobs/matches/history_document_store.ts";
import { matchSchema, MAX_MATCHES_PER_BATCH } from "../../jobs/matches/match_record.ts";
import { importMatches } from "../../jobs/matches/matches_store.ts";
import { listModelChanges, listModels } from "../../jobs/matches/model_registry_store.ts";
import { readPatch, readPlatform } from "../../jobs/matches/patch_store.ts";
import { toPatch } from "../../jobs/matches/riot.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { hasMatchingETag } from "../if_none_match.ts";
import { instantJson } from "../../lib/instant.ts";
import { streamHistoryDocument } from "./history_document.ts";

/** Changes of the registry that are shown with it. */
const CHANGES_SHOWN = 50;

/** Where the results of the matches system (seed 003) are read, and where matches come in. */
export function matchesRoutes({ engine }: AppDeps): Route[] {
  const { sql, config } = engine;
  return [
    defineRoute({
      method: "get",
      path: "/matches/history-index.json",
      summary: "Games and wins of every two champions, on one side and against each other",
      description:
        "`synergy` has pairs on one side, `counter` pairs on opposite sides; a counter's wins are those of `champion`, the opponent has the other games. Champions are Riot's ids. A win rate is (wins + prior.wins) / (games + prior.games), the mean under a Beta(5, 5) prior.",
      tag: "matches",
      role: "viewer",
      headers: { "If-None-Match": "The ETag of the document that the caller has" },
      answers: {
        200: { description: "The index, in parts as they are read", schema: documentSchema },
        304: { description: "The caller has it" },
        404: { description: "There is none before the first refresh" },
      },
    }, async (_, c) => {
      const document = await readNewestDocument(sql);
      if (!document) {
        throw new NotFoundError("There is no history index yet: run refresh_history_index.");
      }
      const etag = `"${document.digest}"`;
      const headers = {
        ETag: etag,
        "Last-Modified": document.published_at.toUTCString(),
        "Cache-Control": "private, no-cache",
      };
      if (hasMatchingETag(c.req.header("If-None-Match"), etag)) {
        return c.body(null, 304, headers);
      }
      return c.body(streamHistoryDocument(sql, document), 200, {
        ...headers,
        "Content-Type": "application/json",
      });
    }),

    defineRoute({
      method: "get",
      path: "/matches/patch",
      summary: "The game's patch, and where it is known from",
      tag: "matches",
      role: "viewer",
      answers: { 200: { description: "The patch", schema: patchSchema } },
    }, async (_, c) =>
      c.json(
        await readPatch(sql) ??
          { patch: toPatch(config.patchFallback), last_updated: null, source: "fallback" },
      )),

    defineRoute({
      method: "get",
      path: "/matches/platform",
      summary: "How Riot's platform was when it was last asked",
      tag: "matches",
      role: "viewer",
      answers: {
        200: { description: "Its health", schema: platformSchema },
        404: { description: "It was never asked: that takes RIOT_API_KEY" },
      },
    }, async (_, c) => {
      const platform = await readPlatform(sql);
      if (platform) return c.json(platform);
      throw new NotFoundError(
        "The platform's health is not known: refresh_patch_meta asks for it with RIOT_API_KEY.",
      );
    }),

    defineRoute({
      method: "get",
      path: "/matches/models",
      summary: "The models that there are, and what changed last",
      tag: "matches",
      role: "viewer",
      answers: { 200: { description: "The registry", schema: modelsSchema } },
    }, async (_, c) => {
      const [models, changes] = await Promise.all([
        listModels(sql),
        listModelChanges(sql, CHANGES_SHOWN),
      ]);
      return c.json({ total: models.length, models, changes });
    }),

    defineRoute({
      method: "post",
      path: "/matches/import",
      summary: "Take in processed matches; one that is known is corrected",
      tag: "matches",
      role: "admin",
      body: importBody,
      answers: { 200: { description: "What became of them", schema: importedSchema } },
    }, async ({ body }, c) => c.json(await importMatches(sql, body.matches))),
  ];
}

const importBody = () =>
  z.strictObject({ matches: z.array(matchSchema()).min(1).max(MAX_MATCHES_PER_BATCH) });

const importedSchema = () =>
  z.strictObject({ added: z.int(), corrected: z.int(), unchanged: z.int() });

const documentSchema = () => {
  const figures = { games: z.int(), wins: z.int(), win_rate: z.number() };
  return z.strictObject({
    matches: z.int(),
    champion_pairs: z.int().describe("Synergy and counter pairs"),
    prior: z.strictObject({ wins: z.int(), games: z.int() }),
    synergy: z.array(z.strictObject({ champions: z.tuple([z.int(), z.int()]), ...figures })),
    counter: z.array(z.strictObject({ champion: z.int(), opponent: z.int(), ...figures })),
  });
};

const patchSchema = () =>
  z.strictObject({
    patch: z.string(),
    last_updated: instantJson().nullable()
      .describe("When the source gave it; of a last known one, when Data Dragon did"),
    source: z.enum(["data_dragon", "last_known", "fallback"]),
  });

const platformSchema = () =>
  z.strictObject({
    platform: z.string(),
    name: z.string(),
    health: z.enum(["ok", "maintenance", "incident"]),
    incidents: z.int(),
    maintenances: z.int(),
    checked_at: instantJson(),
  });

const modelsSchema = () =>
  z.strictObject({
    total: z.int(),
    models: z.array(z.strictObject({
      model_id: z.string(),
      elo: z.string(),
      trained_at: instantJson(),
      current: z.boolean().describe("The newest of its elo group"),
      source: z.string(),
      first_seen_at: instantJson(),
      changed_at: instantJson(),
      card: z.looseObject({}),
    })),
    changes: z.array(z.strictObject({
      model_id: z.string(),
      change: z.enum(["new", "changed", "removed"]),
      source: z.string(),
      at: instantJson(),
    })),
  });
