// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { Explanation } from "../../../lib/why.ts";
import { writeLocalTime } from "../local_time.ts";
import { Problems } from "../parts/problems.tsx";
import { Icon } from "../parts/icons.tsx";
import { Exact, WithInstants } from "../parts/when.tsx";
import type { View } from "../view.ts";

/** Which slot is asked about. */
export interface WhyQuery {
  scheduleId: string;
  at: Date | undefined;
  /** Why its instant cannot be read. */
  problem: string | null;
}

/** The question, and the answer where one could be given. */
export interface WhyAnswer extends WhyQuery {
  explanation: Explanation | null;
}

interface WhyBoxProps extends WhyAnswer {
  jobId: string;
  scheduleIds: string[];
  view: View;
}

/** Why a schedule did or did not run at an instant, condition by condition. */
export function WhyBox(props: WhyBoxProps) {
  const { jobId, scheduleIds, scheduleId, problem, explanation, view } = props;
  const at = props.at ?? view.now;
  return (
    <section class="card" id="why">
      <h2>Why did it (not) run?</h2>
      <form action={`/ui/jobs/${jobId}#why`} class="filters">
        {scheduleIds.length > 1 && (
          <select name="schedule" aria-label="Schedule">
            {scheduleIds.map((id) => <option value={id} selected={id === scheduleId}>{id}</option>)}
          </select>
        )}
        <label>
          At, in {view.zone}
          <input
            type="datetime-local"
            name="why"
            required
            value={writeLocalTime(at, view.zone)}
            aria-invalid={problem !== null && "true"}
          />
          <Problems of={problem === null ? [] : [problem]} />
        </label>
        <button type="submit">Explain</button>
      </form>
      {explanation && (
        <>
          <p>
            <b>
              <WithInstants text={`${explanation.answer}.`} view={view} />
            </b>{" "}
            {explanation.run && <a href={`/ui/runs/${explanation.run.id}`}>Its run</a>}
          </p>
          <ul class="conditions">
            {explanation.conditions.map(({ condition, holds, says }) => (
              <li class={holds === null ? "quiet" : holds ? "yes" : "no"}>
                <Icon name={holds === null ? "wait" : holds ? "ok" : "fail"} />
                <span>
                  {condition}
                  <span class="hint">
                    {holds === null ? "Not known" : holds ? "Yes" : "No"}:{" "}
                    <WithInstants text={says} view={view} />
                  </span>
                </span>
              </li>
            ))}
          </ul>
          <p class="quiet">
            {explanation.previous_slot && (
              <>
                The slot before: <Exact at={explanation.previous_slot} view={view} />.{" "}
              </>
            )}
            {explanation.next_slot && (
              <>
                The next: <Exact at={explanation.next_slot} view={view} />.
              </>
            )}
          </p>
        </>
      )}
    </section>
  );
}
