import { formatClock, formatCount } from "../format.ts";
import type { View } from "../view.ts";
import type { OverviewRow } from "./rows.ts";

/** Did the night go well, in one line: "13 jobs, 12 fine, 1 failing since 02:30". */
export function sayVerdict(rows: readonly OverviewRow[], view: View): string {
  if (rows.length === 0) return "No jobs";
  const count = (health: OverviewRow["health"]) =>
    rows.filter((row) => row.health === health).length;
  const good = count("fine");
  const first = rows.filter(({ health, runningId }) => health === "new" && runningId).length;
  const unrun = count("new") - first;
  const parts = [
    failingWords(rows, view),
    count("missed") > 0 && `${count("missed")} missed`,
    count("late") > 0 && `${count("late")} late`,
    count("unconfigured") > 0 && `${count("unconfigured")} not configured`,
    count("paused") > 0 && `${count("paused")} paused`,
    count("disabled") > 0 && `${count("disabled")} disabled`,
    first > 0 && `${first} in ${first === 1 ? "its" : "their"} first run`,
    unrun > 0 && (unrun === rows.length ? "none has run yet" : `${unrun} not run yet`),
  ].filter(Boolean);
  if (good === rows.length) {
    return rows.length === 1 ? "1 job, and it is fine" : `${rows.length} jobs, all fine`;
  }
  return [formatCount(rows.length, "job"), good > 0 && `${good} fine`, ...parts].filter(Boolean)
    .join(", ");
}

function failingWords(rows: readonly OverviewRow[], view: View): string | false {
  const failing = rows.filter(({ health }) => health === "failing")
    .sort(({ figures: a }, { figures: b }) =>
      a.failingSince!.getTime() - b.failingSince!.getTime()
    );
  if (failing.length === 0) return false;
  const [{ figures: { failingSince, failsLonger } }] = failing;
  const since = formatClock(failingSince!, view.zone, view.now);
  const words = `${failing.length} failing since ${failsLonger ? "before " : ""}${since}`;
  return `${words}${alsoPaused(failing)}`;
}

/** Jobs that fail are not counted among the paused ones again: a verdict adds up. */
function alsoPaused(failing: readonly OverviewRow[]): string {
  const paused = failing.filter((row) => row.paused).length;
  if (paused === 0) return "";
  return paused === failing.length ? " and paused" : ` (${paused} of them paused)`;
}
