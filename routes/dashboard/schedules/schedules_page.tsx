import { ActForm } from "../parts/act_form.tsx";
import { Pager } from "../parts/pager.tsx";
import { renderPage } from "../parts/page.tsx";
import { type ListedSchedule, ScheduleTable } from "../job/schedule_rows.tsx";
import type { View } from "../view.ts";

export interface SchedulesPageProps {
  view: View;
  schedules: ListedSchedule[];
  names: ReadonlyMap<string, string>;
  job: string;
  text: string;
  nextUrl: string | null;
  firstUrl: string | null;
}

/** Every schedule, those of the code and those made by hand. */
export function schedulesPage(props: SchedulesPageProps): string {
  const { view, schedules, names, job, text } = props;
  return renderPage({
    view,
    title: "Schedules",
    section: "schedules",
    liveSeconds: 30,
    children: (
      <>
        {view.canOperate && <ActForm view={view} />}
        <div class="head">
          <h1>Schedules</h1>
          {view.canAdminister && (
            <a
              class="button"
              href={`/ui/schedules/new${job && `?job=${encodeURIComponent(job)}`}`}
            >
              Add a schedule
            </a>
          )}
        </div>
        <form class="filters" role="search" action="/ui/schedules">
          <input
            type="search"
            name="q"
            value={text}
            placeholder="Id or bot"
            aria-label="Id or bot"
            data-search
          />
          <select name="job" aria-label="Job">
            <option value="">All jobs</option>
            {[...names].map(([id, name]) => (
              <option value={id} selected={id === job}>{name}</option>
            ))}
          </select>
          <button type="submit">Filter</button>
        </form>
        {schedules.length === 0
          ? (
            <p class="card empty">
              No schedule fits. <a href="/ui/schedules">Show all</a>
            </p>
          )
          : (
            <div class="card flush">
              <ScheduleTable schedules={schedules} view={view} names={names} />
            </div>
          )}
        <Pager firstUrl={props.firstUrl} nextUrl={props.nextUrl} first="First" next="Next" />
      </>
    ),
  });
}
