import type { BackfillPlan } from "../../../lib/backfill.ts";
import type { AnyJob } from "../../../lib/job.ts";
import { formatCount } from "../format.ts";
import { sayOutcome } from "../parts/outcomes.ts";
import { renderPage } from "../parts/page.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { whyUrl } from "../timeline/mark_words.ts";
import type { View } from "../view.ts";
import type { SlotOutcome } from "./slot_outcomes.ts";
import { SlotTable } from "./slot_table.tsx";

export interface BackfillPageProps {
  view: View;
  job: AnyJob;
  plan: BackfillPlan;
  /** Of the slots that it lists, by their instants in milliseconds; none of a slot that nothing was written of. */
  outcomes: ReadonlyMap<number, SlotOutcome>;
  /** What the form held, by the names of its fields. */
  texts: Record<string, string>;
}

/** Slots that the page lists one by one. */
export const SLOTS_LISTED = 50;

/** Which slots a backfill would run, before it does. */
export function backfillPage({ view, job, plan, outcomes, texts }: BackfillPageProps): string {
  const { row, wanted, leftOut } = plan;
  const count = (wanted: string) => leftOut.filter(({ reason }) => reason === wanted).length;
  const [succeeded, active, due] = [count("succeeded"), count("active"), count("due")];
  const slots = plan.slots.length;
  const path = `/ui/jobs/${job.id}`;
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
              of them succeeded and {succeeded === 1 ? "stays as it is" : "stay as they are"}.
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
                <h2>
                  {wanted.length > SLOTS_LISTED ? `The first ${SLOTS_LISTED} slots` : "The slots"}
                </h2>
                <SlotTable
                  label="The slots"
                  heading="Slot"
                  slots={wanted.slice(0, SLOTS_LISTED)}
                  zones={new Set([row.time_zone, view.zone])}
                  view={view}
                  outcome={(slot) => (
                    <Outcome of={outcomes.get(slot.getTime())} {...{ job, slot, view }} />
                  )}
                />
              </section>
            </>
          )}
      </>
    ),
  });
}

/** What a slot was, with the way to its run, or to why it has none. */
function Outcome({ of, job, slot, view }: {
  of: SlotOutcome | undefined;
  job: AnyJob;
  slot: Date;
  view: View;
}) {
  if (of?.run) {
    const { id, status, reason } = of.run;
    return (
      <a href={`/ui/runs/${id}`} class="plain">
        {sayOutcome(status)}
        {reason && reason !== "error" && `, ${sayReason(reason)}`}
      </a>
    );
  }
  return (
    <a href={whyUrl(job, { firstSlot: slot }, view)} class="plain">
      {of ? sayOutcome(of.gap) : "no run"}
    </a>
  );
}
