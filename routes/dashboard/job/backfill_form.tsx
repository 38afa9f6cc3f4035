import { isWrong, Problems } from "../parts/problems.tsx";
import type { View } from "../view.ts";

interface BackfillFormProps {
  jobId: string;
  scheduleIds: string[];
  view: View;
  /** What a form that was refused held, and what is wrong with it, by the names of its fields. */
  texts?: Record<string, string>;
  errors?: Record<string, string[]>;
}

/** Asks which slots of the past are to run again; the page it leads to says what that comes to. */
export function BackfillForm(
  { jobId, scheduleIds, view, texts = {}, errors = {} }: BackfillFormProps,
) {
  const scheduleId = texts.schedule || jobId;
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
              {scheduleIds.map((id) => (
                <option value={id} selected={id === scheduleId}>{id}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          From, in {view.zone}
          <input
            type="datetime-local"
            name="from"
            value={texts.from}
            required
            aria-invalid={isWrong(errors.from)}
          />
          <Problems of={errors.from} />
        </label>
        <label>
          Until
          <input
            type="datetime-local"
            name="to"
            value={texts.to}
            required
            aria-invalid={isWrong(errors.to)}
          />
          <Problems of={errors.to} />
        </label>
        <button type="submit">Show them</button>
      </form>
    </section>
  );
}
