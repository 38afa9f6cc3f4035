import { z } from "zod";
import { CATEGORIES } from "../../jobs/profiles/attribute.ts";
import { instantJson } from "../../lib/instant.ts";
import { nextCursorField } from "../page.ts";

/** The answers of the profiles' addresses. */
export const profileListSchema = () =>
  z.strictObject({
    profiles: z.array(z.strictObject({
      ...entityFields(),
      attributes: z.int(),
      memories: z.int().describe("Without those that are archived"),
      last_maintenance_at: instantJson().nullable(),
    })),
    next_cursor: nextCursorField(),
  });

export const profileSchema = () =>
  z.strictObject({
    ...entityFields(),
    attributes: z.array(z.strictObject({
      id: z.string(),
      category: category(),
      key: z.string(),
      value: z.string(),
      confidence: z.number(),
      source: z.string().describe("maintenance: a model has consolidated it"),
      created_at: instantJson(),
      updated_at: instantJson(),
    })),
    last_maintenance: maintenanceSchema().nullable(),
  });

export const historySchema = () =>
  z.strictObject({
    ...entityFields(),
    maintenances: z.array(maintenanceSchema()),
    next_cursor: nextCursorField(),
  });

export const memoriesSchema = () =>
  z.strictObject({
    ...entityFields(),
    memories: z.array(z.strictObject({
      id: z.string(),
      content: z.string(),
      importance: z.number().describe("From 0 to 1, as it was weighed last"),
      occurrences: z.int().describe("How often it was told"),
      access_count: z.int(),
      last_accessed_at: instantJson().nullable(),
      created_at: instantJson(),
      archived_at: instantJson().nullable(),
      archive_reason: z.enum(["merged", "faded"]).nullable(),
      merged_into: z.string().nullable(),
      merged_from: z.array(z.string()).describe("Ids of those that were merged into it"),
    })),
    next_cursor: nextCursorField(),
  });

export const restoredSchema = () =>
  z.strictObject({
    ...entityFields(),
    maintenance_id: z.string(),
    categories: z.array(category()),
    attributes_restored: z.int(),
    attributes_removed: z.int(),
  });

const entityFields = () => ({ entity_type: z.string(), entity_id: z.string() });

const category = () => z.enum(CATEGORIES);

const maintenanceSchema = () =>
  z.strictObject({
    id: z.string(),
    run_id: z.string(),
    model: z.string(),
    at: instantJson(),
    attributes_before: z.int(),
    attributes_after: z.int(),
    categories_updated: z.array(category()),
    withheld: z.int().describe("Attributes that the model was not shown"),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    error: z.string().nullable().describe("Why nothing was changed"),
    restored_at: instantJson().nullable().describe("When it was undone"),
    restored_by: z.string().nullable(),
    diff: z.array(z.strictObject({
      category: category(),
      removed: z.array(entry()),
      added: z.array(entry()),
      kept: z.array(entry()),
    })),
  }).meta({ id: "ProfileMaintenance" });

const entry = () => z.strictObject({ key: z.string(), value: z.string() });
