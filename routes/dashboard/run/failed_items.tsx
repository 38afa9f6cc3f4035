import type { RunRow } from "../../../lib/run.ts";
import type { ItemRow } from "../../../lib/run_detail_store.ts";
import { formatCount } from "../format.ts";
import { Cut } from "../parts/cut.tsx";
import type { View } from "../view.ts";

/** The items of a run that failed, with their errors and the way to try them again. */
export function FailedItems(
  { run, items, view, canRetry }: { run: RunRow; items: ItemRow[]; view: View; canRetry: boolean },
) {
  if (items.length === 0) return null;
  const all = run.items_failed ?? items.length;
  return (
    <section class="card flush" id="items">
      <div class="head">
        <h2>{formatCount(all, "item")} failed</h2>
        {canRetry && view.canOperate && (
          <form method="post" action={`/ui/runs/${run.id}/retry`}>
            <input type="hidden" name="form_token" value={view.formToken} />
            <input type="hidden" name="back" value={view.path} />
            <input type="hidden" name="failed_items_only" value="true" />
            <button type="submit" class="small">Retry failed only</button>
          </form>
        )}
      </div>
      <div class="table" tabindex={0} role="region" aria-label="Failed items">
        <table class="cards results">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ item, error }) => (
              <tr>
                <th scope="row" class="mono wide">{item}</th>
                <td data-label="Error" class="wide">
                  <Cut text={error ?? ""} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all > items.length && (
        <p class="quiet inset">
          The first {items.length}; all of them: <code>GET /runs/{run.id}/items?status=failed</code>
        </p>
      )}
    </section>
  );
}
