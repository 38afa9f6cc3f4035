import { formatClock, formatCount } from "../format.ts";
import type { View } from "../view.ts";
import type { OverviewRow } from "./rows.ts";

/** Did the night go well, in one line: "13 jobs, 12 fine, 1 failing since 02:30". */
export function sayVerdict(rows: readonly OverviewRow[], view: View): string {
  if (rows.length === 0) return "No jobs";
  const count = (health: OverviewRow["health"]) =>
    rows.filter((row) => row.health === health).length;
  const good = count("fine");
  const parts = [
    failingWords(rows, view),
    count("late") > 0 && `${count("late")} late`,
    count("unconfigured") > 0 && `${count("unconfigured")} not configured`,
    count("paused") > 0 && `${count("paused")} paused`,
    count("disabled") > 0 && `${count("disabled")} disabled`,
    count("new") > 0 &&
    (count("new") === rows.length ? "none has run yet" : `${count("new")} not run yet`),
  ].filter(Boolean);
  if (good === rows.length) {
    return rows.length === 1 ? "1 job, and it is fine" : `${rows.length} jobs, all fine`;
  }
  return [formatCount(rows.length, "job"), good > 0 && `${good} fine`, ...parts].filter(Boolean)
    .join(", ");
}

function failingWords(rows: readonly OverviewRow[], view: View): string | false {
  const failing = rows.filter(({ health }) => health === "failing").map(({ figures }) => figures)
    .sort((a, b) => a.failingSince!.getTime() - b.failingSince!.getTime());
  if (failing.length === 0) return false;
  const [{ failingSince, failsLonger }] = failing;
  const since = formatClock(failingSince!, view.zone, view.now);
  return `${failing.length} failing since ${failsLonger ? "before " : ""}${since}`;
}
