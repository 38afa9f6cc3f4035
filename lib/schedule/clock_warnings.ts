import { type ClockEffect, formatDate, formatTime } from "./clock_effect.ts";
import { parseCron } from "./cron_fields.ts";
import { type CronSlots, placeCron } from "./cron_slots.ts";
import { type ClockChange, findTimeZone } from "./time_zone.ts";

/**
 * Foretells which changes of the clocks touch a cron schedule, a sentence each, in order.
 *
 * @param from Epoch milliseconds; changes in (from, to] count.
 */
export function warnOfClockChanges(
  cron: string,
  timeZone: string,
  from: number,
  to: number,
): string[] {
  const zone = findTimeZone(timeZone);
  const slots = placeCron(parseCron(cron), zone);
  const warnings: string[] = [];
  let change = zone.firstChange(from, to);
  while (change !== null) {
    const effects = listEffects(slots, change);
    if (effects.length > 0) warnings.push(foretell(effects));
    change = zone.firstChange(change.at, to);
  }
  return warnings;
}

/** What a change does to the slots around it: doubled times lie up to its length on either side. */
function listEffects(slots: CronSlots, change: ClockChange): ClockEffect[] {
  const length = Math.abs(change.after - change.before);
  const effects: ClockEffect[] = [];
  let slot = slots.next(change.at - length - 1);
  while (slot !== null && slot < change.at + length) {
    const effect = slots.explain(slot);
    if (effect !== null) effects.push(effect);
    slot = slots.next(slot);
  }
  return effects;
}

/** The effects of one change are all of one kind, but for the first and second half of a doubled stretch. */
function foretell(effects: ClockEffect[]): string {
  const first = effects[0];
  if (first.kind === "gap") {
    const isOne = first.count === 1;
    const times = isOne
      ? formatTime(first.firstWall)
      : formatRange(first.firstWall, first.lastWall);
    return `${formatDate(first.firstWall)}: ${times} ${isOne ? "does" : "do"} not exist, ` +
      `runs ${isOne ? "" : "once "}at ${formatTime(first.ranWall)}`;
  }
  if (first.kind === "bridge") {
    const [before, after] = [first.wallBefore, first.wallAfter].map(formatTime);
    return `${
      formatDate(first.wallAfter)
    }: clocks go from ${before} to ${after}, runs then as well`;
  }
  const walls = effects.flatMap((effect) => "wall" in effect ? [effect.wall] : []);
  const [earliest, latest] = [Math.min(...walls), Math.max(...walls)];
  const isOne = earliest === latest;
  const times = isOne ? formatTime(earliest) : formatRange(earliest, latest);
  return `${formatDate(earliest)}: ${times} ${isOne ? "comes" : "come"} twice, ` +
    `runs ${first.kind === "only-first" ? "the first time only" : "both times"}`;
}

function formatRange(first: number, last: number): string {
  return `${formatTime(first)} to ${formatTime(last)}`;
}
