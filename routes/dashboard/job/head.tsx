// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { isQuiet } from "../overview/job_health.ts";
import { MissedNote } from "../overview/job_row.tsx";
import type { OverviewRow } from "../overview/rows.ts";
import { Act } from "../parts/act_form.tsx";
import { Status } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { PauseForm } from "./pause_form.tsx";

/** What a job is called, how it does, and what can be done to it. */
export function JobHead({ view, overview }: { view: View; overview: OverviewRow }) {
  const { job, health, runningId, paused, enabled, pauseReason } = overview;
  const path = `/ui/jobs/${job.id}`;
  return (
    <div class="head">
      <div>
        <h1>{job.name}</h1>
        <p class="quiet about state">
          {runningId && <Status of="running" />}{" "}
          {!(runningId && isQuiet(health)) && <Status of={health} />}{" "}
          {paused && health !== "paused" && <Status of="paused" title={pauseReason ?? undefined} />}
          {" "}
          {!enabled && health !== "disabled" && <Status of="disabled" />}
          <MissedNote row={overview} view={view} /> <code>{job.id}</code>{" "}
          {job.tags.map((tag) => <a class="tag" href={`/?tag=${encodeURIComponent(tag)}`}>{tag}
          </a>)}
        </p>
        <p class="about">{job.description}</p>
      </div>
      <div class="buttons">
        {runningId && <a class="button" href={`/ui/runs/${runningId}`}>Watch the run</a>}
        {view.canOperate && (
          <>
            <a class="button" href="#run">Run…</a>
            {paused ? <Act to={`${path}/resume`} class="primary">Resume</Act> : (
              <PauseForm
                action={`${path}/pause`}
                view={view}
                what="Holds back every schedule of this job."
              />
            )}
          </>
        )}
      </div>
    </div>
  );
}
