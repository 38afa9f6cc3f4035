import type { Hono } from "hono";
import { restoreProfile } from "../../../jobs/profiles/restore_profile.ts";
import { InvalidInputError } from "../../../lib/errors.ts";
import type { AppDeps } from "../../deps.ts";
import { act } from "../acts.ts";
import { formatCount } from "../format.ts";
import type { PageEnv } from "../view.ts";

/** The form that undoes the last maintenance of a profile. */
export function mountRestore(pages: Hono<PageEnv>, { engine }: AppDeps): void {
  pages.post("/ui/results/profiles/restore", (c) =>
    act(c, async (form, by) => {
      const [entityType, entityId] = [form.text("entity_type"), form.text("entity_id")];
      const maintenanceId = form.text("maintenance_id");
      // What the page showed is undone, or nothing: another one may have come since.
      if (!/^[1-9]\d{0,17}$/.test(maintenanceId)) {
        throw new InvalidInputError("The form does not say which maintenance is to be undone");
      }
      const restored = await restoreProfile(engine.sql, {
        entityType,
        entityId,
        maintenanceId,
        by,
      });
      engine.log.info("A profile was restored", {
        entity_type: entityType,
        entity_id: entityId,
        ...restored,
      });
      const { attributes_restored, attributes_removed } = restored;
      return {
        text: `Undone: ${formatCount(attributes_restored, "attribute")} put back, ` +
          `${attributes_removed} taken away.`,
      };
    }));
}
