import type { RunRow } from "../../../lib/run.ts";
import type { ItemRow } from "../../../lib/run_detail_store.ts";
import { formatCount, formatNumber } from "../format.ts";
import { Cut } from "../parts/cut.tsx";
import { Pager } from "../parts/pager.tsx";
import type { PageOf } from "../table_page.ts";
import type { View } from "../view.ts";

/** A page of the items of a run. */
export interface ShownItems {
  rows: ItemRow[];
  page: PageOf;
}

/** The items of a run that failed, with their errors and the way to try them again. */
export function FailedItems(
  { run, items: { rows, page }, view, canRetry }: {
    run: RunRow;
    items: ShownItems;
    view: View;
    canRetry: boolean;
  },
) {
  if (page.count === 0) return null;
  const hasWalks = rows.some(({ walk }) => walk > 0);
  return (
    <section class="card flush" id="items">
      <div class="head">
        <h2>{formatCount(run.items_failed ?? page.count, "item")} failed</h2>
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
              {hasWalks && <th scope="col">forEach</th>}
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ item, walk, error }) => (
              <tr>
                <th scope="row" class="mono wide">{item}</th>
                {hasWalks && <td data-label="forEach">{walk + 1}</td>}
                <td data-label="Error" class="wide">
                  <Cut text={error ?? ""} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pager {...page} first="First" next="Next" isInset>
        {formatNumber(rows.length)} of {formatNumber(page.count)}
      </Pager>
    </section>
  );
}
