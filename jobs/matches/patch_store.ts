import { databaseClock } from "../../lib/clock.ts";
import type { AnySql, Tx } from "../../lib/db/sql.ts";
import type { PlatformStatus } from "./riot.ts";

/** The game's patch as it is known, such as `15.20`. */
export interface PatchMeta {
  patch: string;
  /** When the source gave it; of a last known one, when Data Dragon did. */
  last_updated: Date;
  source: "data_dragon" | "last_known" | "fallback";
}

/** What is known of the patch; undefined before the first refresh. */
export async function readPatch(sql: AnySql): Promise<PatchMeta | undefined> {
  const [meta] = await sql<PatchMeta[]>`
    select patch, last_updated, source
    from patch_meta`;
  return meta;
}

/** Notes the patch that Data Dragon gave, or the configured one. */
export async function writePatch(
  tx: Tx,
  patch: string,
  source: "data_dragon" | "fallback",
): Promise<void> {
  await tx`
    insert into patch_meta (patch, source, last_updated)
    values (${patch}, ${source}, ${databaseClock.now(tx)})
    on conflict (is_only) do update
    set
      patch = excluded.patch,
      source = excluded.source,
      last_updated = excluded.last_updated`;
}

/** Keeps the patch that Data Dragon gave earlier, as the last known one; false when it never gave any. */
export async function keepLastKnownPatch(tx: Tx): Promise<boolean> {
  const kept = await tx`
    update patch_meta
    set source = 'last_known'
    where source in ('data_dragon', 'last_known')
    returning patch`;
  return kept.length > 0;
}

/** A platform's health as it was when it was last asked. */
export type CheckedPlatform = PlatformStatus & { checked_at: Date };

/** The platform that was asked last; undefined when none ever was. */
export async function readPlatform(sql: AnySql): Promise<CheckedPlatform | undefined> {
  const [status] = await sql<CheckedPlatform[]>`
    select platform, name, health, incidents, maintenances, checked_at
    from platform_status
    order by checked_at desc
    limit 1`;
  return status;
}

/** Notes a platform's health. */
export async function writePlatform(tx: Tx, status: PlatformStatus): Promise<void> {
  const { platform, name, health, incidents, maintenances } = status;
  await tx`
    insert into platform_status (platform, name, health, incidents, maintenances, checked_at)
    values (
      ${platform}, ${name}, ${health}, ${incidents}, ${maintenances}, ${databaseClock.now(tx)}
    )
    on conflict (platform) do update
    set
      name = excluded.name,
      health = excluded.health,
      incidents = excluded.incidents,
      maintenances = excluded.maintenances,
      checked_at = excluded.checked_at`;
}
