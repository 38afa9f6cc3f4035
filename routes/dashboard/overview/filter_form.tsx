// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { shorten } from "../format.ts";
import { isWrong, Problems } from "../parts/problems.tsx";
import { wordOf } from "../parts/status.tsx";
import type { OverviewFilter } from "./filter.ts";
import { HEALTHS } from "./job_health.ts";
import type { OverviewRow } from "./rows.ts";

/** Narrows the table by text, tag and status; with a script while one types. */
export function FilterForm({ all, filter }: { all: OverviewRow[]; filter: OverviewFilter }) {
  const { unknownStatus } = filter;
  const problems = unknownStatus ? [`${shorten(unknownStatus)} is not a status`] : [];
  const tags = [...new Set(all.flatMap(({ job }) => job.tags))].sort();
  return (
    <form
      class="filters"
      role="search"
      action="/"
      hx-get="/"
      hx-trigger="input delay:250ms, change"
      hx-sync="#live:replace"
      hx-select="#live"
      hx-target="#live"
      hx-swap="outerMorph"
      hx-push-url="true"
    >
      <input
        type="search"
        name="q"
        value={filter.text}
        placeholder="Search jobs"
        aria-label="Search jobs"
        autocomplete="off"
        data-search
      />
      <select name="tag" aria-label="Tag">
        <option value="">All tags</option>
        {filter.tag && !tags.includes(filter.tag) && (
          <option value={filter.tag} selected>{filter.tag}</option>
        )}
        {tags.map((tag) => <option value={tag} selected={tag === filter.tag}>{tag}</option>)}
      </select>
      <select name="status" aria-label="Status" aria-invalid={isWrong(problems)}>
        <option value="">Any status</option>
        {unknownStatus && <option value={unknownStatus} selected>{shorten(unknownStatus)}</option>}
        {([...HEALTHS, "running"] as const).map((status) => (
          <option value={status} selected={status === filter.status}>{wordOf(status)}</option>
        ))}
      </select>
      <Problems of={problems} />
      {filter.sort && (
        <input
          type="hidden"
          name="sort"
          value={`${filter.descending ? "-" : ""}${filter.sort}`}
        />
      )}
      <button type="submit" class="no-script">Filter</button>
    </form>
  );
}
