import { z } from "zod";
import {
  findEntity,
  listAttributes,
  listMaintenances,
  listMemories,
  listProfiles,
  type ShownMaintenance,
} from "../../jobs/profiles/profile_results_store.ts";
import { diffOf } from "../../jobs/profiles/replacement.ts";
import type { AnySql } from "../../lib/db/sql.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { defineRoute, type Route } from "../contract.ts";
import type { AppDeps } from "../deps.ts";
import { readEntity, readRowId, readRowPosition, rowId, timedPosition } from "../cursor_parts.ts";
import { cursorField, cutPage, limitField } from "../page.ts";
import {
  historySchema,
  memoriesSchema,
  profileListSchema,
  profileSchema,
  restoredSchema,
} from "./profiles_json.ts";

const NO_ENTITY = { 404: { description: "Nothing is known of such an entity" } };

/** Where what seed 004's jobs made of profiles and memories is read, and undone. */
export function profileRoutes({ engine }: AppDeps): Route[] {
  const { sql } = engine;
  return [
    defineRoute({
      method: "get",
      path: "/profiles",
      summary: "The users and bots of whom something is known or remembered",
      tag: "profiles",
      role: "viewer",
      query: listQuery,
      answers: { 200: { description: "A page of them", schema: profileListSchema } },
    }, async ({ query: { q, limit, cursor } }, c) => {
      const found = await listProfiles(sql, q, cursor ?? null, limit + 1);
      const page = cutPage(found, limit, ({ entity_type, entity_id }) => [entity_type, entity_id]);
      return c.json({ profiles: page.rows, next_cursor: page.next_cursor });
    }),

    defineRoute({
      method: "get",
      path: "/profiles/:entity_type/:entity_id",
      summary: "What is known of an entity, and what its last maintenance changed",
      tag: "profiles",
      role: "viewer",
      answers: { 200: { description: "The profile", schema: profileSchema }, ...NO_ENTITY },
    }, async ({ params: { entity_type, entity_id } }, c) => {
      const id = await findProfile(sql, entity_type, entity_id);
      const [attributes, [last]] = await Promise.all([
        listAttributes(sql, id),
        listMaintenances(sql, id, null, 1),
      ]);
      const last_maintenance = last ? toMaintenance(last) : null;
      return c.json({ entity_type, entity_id, attributes, last_maintenance });
    }),

    defineRoute({
      method: "get",
      path: "/profiles/:entity_type/:entity_id/history",
      summary: "Each maintenance of an entity with what it changed, newest first",
      tag: "profiles",
      role: "viewer",
      query: pageQuery,
      answers: { 200: { description: "A page of them", schema: historySchema }, ...NO_ENTITY },
    }, async ({ params: { entity_type, entity_id }, query: { limit, cursor } }, c) => {
      const id = await findProfile(sql, entity_type, entity_id);
      const found = await listMaintenances(sql, id, cursor ?? null, limit + 1);
      const { rows, next_cursor } = cutPage(found, limit, ({ id }) => [id]);
      return c.json({
        entity_type,
        entity_id,
        maintenances: rows.map(toMaintenance),
        next_cursor,
      });
    }),

    defineRoute({
      method: "get",
      path: "/profiles/:entity_type/:entity_id/memories",
      summary: "What an entity is remembered for, newest first",
      tag: "profiles",
      role: "viewer",
      query: memoriesQuery,
      answers: { 200: { description: "A page of memories", schema: memoriesSchema }, ...NO_ENTITY },
    }, async ({ params: { entity_type, entity_id }, query: { archived, limit, cursor } }, c) => {
      const entity = { type: entity_type, id: entity_id };
      await findProfile(sql, entity_type, entity_id);
      const before = cursor ?? null;
      const found = await listMemories(sql, entity, { archived, before, limit: limit + 1 });
      const { rows, next_cursor } = cutPage(found, limit, timedPosition);
      return c.json({ entity_type, entity_id, memories: rows, next_cursor });
    }),

    defineRoute({
      method: "post",
      path: "/profiles/:entity_type/:entity_id/restore",
      summary: "Undo the last maintenance of an entity",
      description:
        "What it replaced is put back as it was, and left alone by the next runs until something changes. Once more undoes the one before.",
      tag: "profiles",
      role: "operator",
      body: restoreBody,
      answers: {
        200: { description: "It is undone", schema: restoredSchema },
        409: { description: "There is nothing to undo, or maintenance_id is not the last" },
        ...NO_ENTITY,
      },
    }, async ({ params, body }, c) => {
      const { entity_type, entity_id } = params;
      const { restoreProfile } = await import("../../jobs/profiles/restore_profile.ts");
      const restored = await restoreProfile(sql, {
        entityType: entity_type,
        entityId: entity_id,
        maintenanceId: body.maintenance_id ?? null,
        by: c.get("caller").name,
      });
      engine.log.info("A profile was restored", { entity_type, entity_id, ...restored });
      return c.json({ entity_type, entity_id, ...restored });
    }),
  ];
}

/** The id of an entity's profile; null where it is only remembered. Throws `NotFoundError`. */
async function findProfile(
  sql: AnySql,
  entityType: string,
  entityId: string,
): Promise<string | null> {
  const id = await findEntity(sql, { type: entityType, id: entityId });
  if (id !== undefined) return id;
  throw new NotFoundError(`Nothing is known of the ${entityType} "${entityId}".`);
}

function toMaintenance({ replaced, written, ...maintenance }: ShownMaintenance) {
  return { ...maintenance, diff: diffOf(maintenance.categories_updated, replaced, written) };
}

const listQuery = () =>
  z.strictObject({
    q: z.string().max(200).default("").describe("A part of the id, in whatever case"),
    limit: limitField(50, 200),
    cursor: cursorField(readEntity),
  });

const pageQuery = () =>
  z.strictObject({ limit: limitField(20, 100), cursor: cursorField(readRowId) });

const memoriesQuery = () =>
  z.strictObject({
    archived: z.enum(["true", "false"]).default("false").transform((text) => text === "true")
      .describe("Those that were merged into others or have faded"),
    limit: limitField(50, 200),
    cursor: cursorField(readRowPosition),
  });

const restoreBody = () =>
  z.strictObject({
    maintenance_id: rowId().optional().describe("Only if this is the last one that can be undone"),
  });
