// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { View } from "../view.ts";

interface BackfillFormProps {
  jobId: string;
  scheduleIds: string[];
  view: View;
}

/** Asks which slots of the past are to run again; the page it leads to says what that comes to. */
export function BackfillForm({ jobId, scheduleIds, view }: BackfillFormProps) {
  return (
    <section class="card" id="backfill">
      <h2>Run past slots again</h2>
      <p class="quiet">
        Slots that failed, were missed or skipped get a run each, one after the other. The next page
        says which, before anything runs.
      </p>
      <form action={`/ui/jobs/${jobId}/backfill`} class="filters">
        {scheduleIds.length > 1 && (
          <label>
            Schedule
            <select name="schedule">
              {scheduleIds.map((id) => <option value={id} selected={id === jobId}>{id}</option>)}
            </select>
          </label>
        )}
        <label>
          From, in {view.zone}
          <input type="datetime-local" name="from" required />
        </label>
        <label>
          Until
          <input type="datetime-local" name="to" required />
        </label>
        <button type="submit">Show them</button>
      </form>
    </section>
  );
}
