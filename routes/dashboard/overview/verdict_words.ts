import { formatClock, formatCount } from "../format.ts";
import type { View } from "../view.ts";
import type { OverviewRow } from "./rows.ts";

/**
 * Did the night go well, in one line: "13 jobs, 12 fine, 1 failing since 02:30", "13 jobs, all fine; 1 missed its slot
 * of 02:00 and has run since".
 */
export function sayVerdict(rows: readonly OverviewRow[], view: View): string {
  if (rows.length === 0) return "No jobs";
  const count = (health: OverviewRow["health"]) =>
    rows.filter((row) => row.health === health).length;
  const good = count("fine");
  const first = rows.filter(({ health, runningId }) => health === "new" && runningId).length;
  const unrun = count("new") - first;
  const parts = [
    failingWords(rows, view),
    missedWords(rows, count("missed")),
    count("late") > 0 && `${count("late")} late`,
    count("unconfigured") > 0 && `${count("unconfigured")} not configured`,
    count("paused") > 0 && `${count("paused")} paused`,
    count("disabled") > 0 && `${count("disabled")} disabled`,
    first > 0 && `${first} in ${first === 1 ? "its" : "their"} first run`,
    unrun > 0 && (unrun === rows.length ? "none has run yet" : `${unrun} not run yet`),
  ].filter(Boolean);
  const words = good < rows.length
    ? [formatCount(rows.length, "job"), good > 0 && `${good} fine`, ...parts].filter(Boolean)
      .join(", ")
    : rows.length === 1
    ? "1 job, and it is fine"
    : `${rows.length} jobs, all fine`;
  return words + madeUpWords(rows, view);
}

/** What was missed and made up for is no state that lasts, yet who looks in the morning wants to know of the night. */
function madeUpWords(rows: readonly OverviewRow[], view: View): string {
  const slots = rows.flatMap(({ missed }) => missed?.isMadeUp ? [missed.slot] : []);
  if (slots.length === 0) return "";
  return slots.length === 1
    ? `; 1 missed its slot of ${formatClock(slots[0], view.zone, view.now)} and has run since`
    : `; ${slots.length} jobs missed slots in the last day and have run since`;
}

/** Those that missed a slot and have not run since; of some of them something worse is told before. */
function missedWords(rows: readonly OverviewRow[], only: number): string | false {
  const all = rows.filter(({ missed }) => missed && !missed.isMadeUp).length;
  const others = all - only;
  const too = others > 0 && `${others} of the others missed slots too`;
  return [only > 0 && `${only} missed`, too].filter(Boolean).join(", ") || false;
}

function failingWords(rows: readonly OverviewRow[], view: View): string | false {
  const failing = rows.filter(({ health }) => health === "failing")
    .sort(({ figures: a }, { figures: b }) =>
      a.failingSince!.getTime() - b.failingSince!.getTime()
    );
  if (failing.length === 0) return false;
  const [{ figures: { failingSince, failsLonger } }] = failing;
  const since = formatClock(failingSince!, view.zone, view.now);
  const first = failing.length === 1 ? "" : ", the first";
  const words = `${failing.length} failing${first} since ${failsLonger ? "before " : ""}${since}`;
  return `${words}${alsoPaused(failing)}`;
}

/** Jobs that fail are not counted among the paused ones again: a verdict adds up. */
function alsoPaused(failing: readonly OverviewRow[]): string {
  const paused = failing.filter((row) => row.paused).length;
  if (paused === 0) return "";
  return paused === failing.length ? " and paused" : ` (${paused} of them paused)`;
}
