import type { AnyJob } from "../../../lib/job.ts";
import { renderPage } from "../parts/page.tsx";
import type { View } from "../view.ts";
import { BackfillForm } from "./backfill_form.tsx";

export interface RangePageProps {
  view: View;
  job: AnyJob;
  scheduleIds: string[];
  /** What the form held. */
  texts: Record<string, string>;
  /** What is wrong with it, by its fields. */
  errors: Record<string, string[]>;
  /** The same in a sentence. */
  problem: string;
}

/** The form for a backfill once more, with what was wrong in it. */
export function rangePage(
  { view, job, scheduleIds, texts, errors, problem }: RangePageProps,
): string {
  return renderPage({
    view,
    title: `Run past slots of ${job.name}`,
    section: "overview",
    children: (
      <>
        <div class="head">
          <div>
            <h1>
              <a class="plain" href={`/ui/jobs/${job.id}`}>{job.name}</a>
            </h1>
            <p class="problem" role="alert">{problem}</p>
          </div>
        </div>
        <BackfillForm
          jobId={job.id}
          scheduleIds={scheduleIds}
          view={view}
          texts={texts}
          errors={errors}
        />
      </>
    ),
  });
}
