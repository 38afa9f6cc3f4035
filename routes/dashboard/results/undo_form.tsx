import type { ShownMaintenance } from "../../../jobs/profiles/profile_results_store.ts";
import { formatCount } from "../format.ts";
import { Ask } from "../parts/ask.tsx";
import { CurlCommand, curlPost } from "../parts/curl_command.tsx";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";

interface UndoFormProps {
  view: View;
  origin: string;
  entity: { type: string; id: string };
  /** The last maintenance that changed something and was not undone. */
  maintenance: ShownMaintenance;
}

/** Undoes a maintenance, after it has said what that comes to; and the command that does the same. */
export function UndoForm({ view, origin, entity, maintenance }: UndoFormProps) {
  const { id, at, replaced, written } = maintenance;
  const path = [entity.type, entity.id].map(encodeURIComponent).join("/");
  return (
    <div class="inset">
      {view.canOperate && (
        <Ask words="Undo…" danger>
          <form method="post" action="/ui/results/profiles/restore">
            <input type="hidden" name="form_token" value={view.formToken} />
            <input type="hidden" name="back" value={view.path} />
            <input type="hidden" name="entity_type" value={entity.type} />
            <input type="hidden" name="entity_id" value={entity.id} />
            <input type="hidden" name="maintenance_id" value={id} />
            <p>
              Undoes the maintenance of <Clock at={at} view={view} />:{" "}
              {formatCount(replaced.length, "attribute")} that it replaced{" "}
              {replaced.length === 1 ? "comes" : "come"} back as{" "}
              {replaced.length === 1 ? "it was" : "they were"}, and {written.length} that it wrote
              {" "}
              {written.length === 1 ? "goes" : "go"}. The next runs leave the profile alone until
              something changes.
            </p>
            <button type="submit" class="danger">Undo this maintenance</button>
          </form>
        </Ask>
      )}
      <CurlCommand
        id="curl-restore"
        command={curlPost(`${origin}/profiles/${path}/restore`, { maintenance_id: id })}
      />
    </div>
  );
}
