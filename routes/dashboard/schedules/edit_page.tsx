import type { ScheduleRow } from "../../../lib/schedule_row.ts";
import { NextSlots } from "../job/next_slots.tsx";
import { ScheduleState } from "../job/schedule_rows.tsx";
import { ActForm } from "../parts/act_form.tsx";
import { Breakable } from "../parts/breakable.tsx";
import { renderPage } from "../parts/page.tsx";
import type { View } from "../view.ts";
import { EditForm } from "./edit_form.tsx";
import type { FieldValues } from "./policy_fields.tsx";
import { RowActs } from "./row_acts.tsx";

export interface EditPageProps extends FieldValues {
  view: View;
  /** Of all jobs, by id. */
  names: ReadonlyMap<string, string>;
  /** Null: to be chosen in the form. */
  jobId: string | null;
  /** Null: a new one. */
  row: ScheduleRow | null;
  words: string;
  /** Why nothing was changed. */
  problem: string | null;
}

/** The page of one schedule, with the form that changes it; also the form for a new one. */
export function editPage(props: EditPageProps): string {
  const { view, row, names, jobId, words } = props;
  const jobName = jobId && (names.get(jobId) ?? jobId);
  const title = row ? `Schedule ${row.id}` : `A new schedule${jobName ? ` for ${jobName}` : ""}`;
  return renderPage({
    view,
    title,
    section: "schedules",
    children: (
      <>
        {view.canOperate && <ActForm view={{ ...view, path: "/ui/schedules" }} />}
        <div class="head">
          <div>
            <h1>
              <Breakable text={title} />
            </h1>
            <p class="about state quiet">
              {row && (
                <>
                  <ScheduleState row={row} view={view} /> <span>{words}</span>
                </>
              )}
              {jobId && <a href={`/ui/jobs/${jobId}`}>{jobName}</a>}
            </p>
          </div>
          {row && view.canOperate && <RowActs row={row} view={view} />}
        </div>
        <div class="columns even">
          {view.canAdminister
            ? <EditForm {...props} />
            : <p class="card empty">Changing a schedule takes the role admin.</p>}
          <section class="card">
            <h2>Next slots</h2>
            {row
              ? <NextSlots row={row} view={view} />
              : <p class="quiet">They are shown once it is made.</p>}
          </section>
        </div>
      </>
    ),
  });
}
