import type { Sql } from "../../lib/db/sql.ts";
import { transact } from "../../lib/db/transaction.ts";
import { ConflictError, NotFoundError } from "../../lib/errors.ts";
import type { Category } from "./attribute.ts";
import { holdProfile, readUndoable, undoMaintenance } from "./maintenance_store.ts";
import { readProfileId } from "./profile_results_store.ts";

export interface RestoreRequest {
  entityType: string;
  entityId: string;
  /** What the caller wants undone; where it is not the last that can be, nothing is. Null: the last. */
  maintenanceId: string | null;
  /** Who asks for it. */
  by: string;
}

/** What came of it, in rows. */
export interface Restored {
  maintenance_id: string;
  categories: Category[];
  attributes_restored: number;
  attributes_removed: number;
}

/**
 * Undoes an entity's last maintenance that changed anything: what it replaced is put back as it was, under
 * the same ids. Call it again for the one before.
 *
 * Throws `NotFoundError` where there is no such entity, `ConflictError` where there is nothing to undo or
 * something else was to be.
 */
export async function restoreProfile(sql: Sql, request: RestoreRequest): Promise<Restored> {
  const { entityType, entityId, maintenanceId, by } = request;
  const name = `${entityType} "${entityId}"`;
  return await transact(sql, async (tx) => {
    const profileId = await readProfileId(tx, entityType, entityId);
    if (profileId === undefined) throw new NotFoundError(`Nothing is known of the ${name}.`);
    await holdProfile(tx, profileId);
    const last = await readUndoable(tx, profileId);
    if (!last) throw new ConflictError(`No maintenance of the ${name} is left to undo.`);
    if (maintenanceId !== null && maintenanceId !== last.id) {
      throw new ConflictError(
        `Maintenance ${maintenanceId} is not the last one of the ${name} that can be undone: that is ${last.id}.`,
        { maintenance_id: last.id },
      );
    }
    const { restored, removed } = await undoMaintenance(tx, profileId, last.id, by);
    return {
      maintenance_id: last.id,
      categories: last.categories_updated,
      attributes_restored: restored,
      attributes_removed: removed,
    };
  });
}
