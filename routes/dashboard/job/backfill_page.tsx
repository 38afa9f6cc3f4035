// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { BackfillPlan } from "../../../lib/backfill.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { formatCount, formatSlot } from "../format.ts";
import { Breakable } from "../parts/breakable.tsx";
import { renderPage } from "../parts/page.tsx";
import { When } from "../parts/when.tsx";
import type { View } from "../view.ts";

export interface BackfillPageProps {
  view: View;
  job: AnyJob;
  plan: BackfillPlan;
  /** What the form held, by the names of its fields. */
  texts: Record<string, string>;
}

const LISTED = 50;

/** Which slots a backfill would run, before it does. */
export function backfillPage({ view, job, plan, texts }: BackfillPageProps): string {
  const { row, wanted, leftOut } = plan;
  const count = (wanted: string) => leftOut.filter(({ reason }) => reason === wanted).length;
  const [succeeded, active, due] = [count("succeeded"), count("active"), count("due")];
  const slots = plan.slots.length;
  const path = `/ui/jobs/${job.id}`;
  const zones = [...new Set([row.time_zone, view.zone])];
  const runs = formatCount(wanted.length, "slot");
  return renderPage({
    view,
    title: `Run past slots of ${job.name}`,
    section: "overview",
    children: (
      <>
        <div class="head">
          <div>
            <h1>{wanted.length === 0 ? "No slot to run again" : `Run ${runs} again?`}</h1>
            <p class="about quiet">
              <a href={path}>{job.name}</a>: the range has {formatCount(slots, "slot")}, {succeeded}
              {" "}
              of them succeeded and {succeeded === 1 ? "stays" : "stay"} as they are.
              {active > 0 && (
                ` The ${active === 1 ? "run" : "runs"} of ${active} more ${
                  active === 1 ? "is" : "are"
                } not over yet: ${active === 1 ? "it is" : "they are"} left out as well.`
              )}
              {due > 0 && (
                ` ${due} more ${due === 1 ? "is" : "are"} due: the schedule brings ${
                  due === 1 ? "its run" : "their runs"
                } next.`
              )}
            </p>
          </div>
        </div>
        {wanted.length === 0
          ? (
            <p class="card empty">
              Every slot in that range has succeeded, has a run that is not over yet or is due, or
              there was none. <a href={`${path}#backfill`}>Choose another range</a>
            </p>
          )
          : (
            <>
              <section class="card">
                <p>
                  Each slot becomes one run that works as of its slot, one after the other, oldest
                  first. They wait in a queue of their own: what the schedule brings is neither held
                  up nor skipped, but they count for the job's limit, if it has one. A slot that was
                  run again before keeps the run it has.
                </p>
                <form method="post" action={`${path}/backfill`} class="buttons">
                  <input type="hidden" name="form_token" value={view.formToken} />
                  <input type="hidden" name="back" value={`${path}#backfill`} />
                  {Object.entries(texts).map(([name, text]) => (
                    <input type="hidden" name={name} value={text} />
                  ))}
                  <button type="submit" class="primary">Run {runs}</button>
                  <a class="button" href={`${path}#backfill`}>Back</a>
                </form>
              </section>
              <section class="card flush">
                <h2>{wanted.length > LISTED ? `The first ${LISTED} slots` : "The slots"}</h2>
                <div class="table" tabindex={0} role="region" aria-label="The slots">
                  <table class="slots">
                    <thead>
                      <tr>
                        <th scope="col">Slot</th>
                        {zones.map((zone) => (
                          <th scope="col">
                            <Breakable text={zone} />
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {wanted.slice(0, LISTED).map((slot) => (
                        <tr>
                          <td>
                            <When at={slot} view={view} />
                          </td>
                          {zones.map((zone) => <td>{formatSlot(slot, zone, view.now)}</td>)}
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </section>
            </>
          )}
      </>
    ),
  });
}
