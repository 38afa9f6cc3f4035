import { formatDistance } from "../format.ts";
import { wordOf } from "../parts/status.tsx";
import type { View } from "../view.ts";
import { hasStatus, type OverviewFilter, overviewUrl } from "./filter.ts";
import type { OverviewRow } from "./rows.ts";

interface ChipsProps {
  all: OverviewRow[];
  filter: OverviewFilter;
  view: View;
}

const COUNTED = ["running", "failing", "missed", "late", "paused"] as const;

/** How many jobs run, fail, missed a slot, are late or paused, each a filter of the table; and when the scheduler last looked. */
export function Chips({ all, filter, view }: ChipsProps) {
  const counts = COUNTED.map((status) =>
    [status, wordOf(status), all.filter((row) => hasStatus(row, status)).length] as const
  );
  const { last_tick_at } = view.pulse;
  return (
    <ul class="chips">
      {counts.map(([status, word, count]) => (
        <li>
          <a
            class={`chip ${count > 0 ? status : "none"}`}
            href={overviewUrl({ ...filter, status: filter.status === status ? "" : status })}
            aria-current={filter.status === status ? "true" : undefined}
          >
            {word} <b>{count}</b>
          </a>
        </li>
      ))}
      <li class="chip plain" title="The scheduler looks for what is due at least once a minute">
        {last_tick_at ? `Last tick ${formatDistance(last_tick_at, view.now)}` : "No tick yet"}
      </li>
    </ul>
  );
}
