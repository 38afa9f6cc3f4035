import { RUN_STATUSES, RUN_TRIGGERS } from "../../../lib/run.ts";
import { Problems } from "../parts/problems.tsx";
import { sayReason } from "../parts/run_table.tsx";
import { wordOf } from "../parts/status.tsx";

export interface HistoryProps {
  jobId: string;
  /** The parts of the filter that are set: status, trigger, and a text in the error. */
  texts: Record<string, string>;
  /** What is wrong with those that cannot be read. */
  problems: Record<string, string[]>;
  /** Null at the last page, or at the first. */
  nextUrl: string | null;
  firstUrl: string | null;
}

/** The heading of a job's history, with its filters. */
export function History({ jobId, texts, problems }: HistoryProps) {
  const { status, trigger, error } = texts;
  return (
    <div class="head later" id="history">
      <h2>History</h2>
      <form class="filters" action={`/ui/jobs/${encodeURIComponent(jobId)}#history`}>
        <input
          type="search"
          name="error"
          value={error}
          placeholder="Text in the error"
          aria-label="Text in the error"
          autocomplete="off"
          data-search
        />
        <select name="status" aria-label="Status" aria-invalid={problems.status && "true"}>
          <option value="">Any status</option>
          {problems.status && <option value={status} selected>{status}</option>}
          {RUN_STATUSES.map((known) => (
            <option value={known} selected={known === status}>{wordOf(known)}</option>
          ))}
        </select>
        <select name="trigger" aria-label="Trigger" aria-invalid={problems.trigger && "true"}>
          <option value="">Any trigger</option>
          {problems.trigger && <option value={trigger} selected>{trigger}</option>}
          {RUN_TRIGGERS.map((known) => (
            <option value={known} selected={known === trigger}>{sayReason(known)}</option>
          ))}
        </select>
        <Problems of={[problems.status, problems.trigger].flatMap((of) => of ?? [])} />
        <button type="submit">Filter</button>
        <a class="button" href={`/ui/runs?${new URLSearchParams({ job: jobId, ...texts })}`}>
          More filters
        </a>
      </form>
    </div>
  );
}
