import { type CronFields, isEvery, parseCron } from "./cron_fields.ts";
import { MONTH } from "./cron_item.ts";

/** Days that the shortest form of each month has. */
const SHORTEST_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Points out what in a cron text often means something else than its writer thinks, a sentence each. */
export function warnOfCronText(cron: string): string[] {
  const places = cron.trim().split(/\s+/);
  if (places.length !== 5) return [];
  const [minute, hour, monthDay, , weekDay] = places;
  return [
    ...warnOfShortMonths(monthDay, parseCron(cron)),
    ...warnOfUnevenStep(minute, 60, "hour"),
    ...warnOfUnevenStep(hour, 24, "day"),
    ...warnOfStarStep(monthDay, weekDay),
  ];
}

/** Days written one by one; of a range or a step nobody expects that it takes in every end of a month. */
function warnOfShortMonths(monthDay: string, fields: CronFields): string[] {
  if (!/^[\d,W]+$/i.test(monthDay) || fields.monthDays === null) return [];
  const { days, nearestWeekdays } = fields.monthDays;
  return [...days, ...nearestWeekdays].flatMap((day) => {
    const months = fields.months.filter((month) => SHORTEST_MONTHS[month - 1] < day);
    if (months.length === 0) return [];
    const names = months.map((month) => MONTH.names[month - 1]);
    if (day === 29) return ["day 29 comes in FEB of leap years only"];
    return [`day ${day} does not come in ${names.join(", ")}; L is the last day of any month`];
  });
}

function warnOfUnevenStep(place: string, size: number, cycle: string): string[] {
  const step = /^\*\/(\d+)$/.exec(place)?.[1];
  if (step === undefined || size % Number(step) === 0) return [];
  const last = size - Number(step) * (Math.ceil(size / Number(step)) - 1);
  return [`${place} starts again with each ${cycle}, so its last step is ${last} and not ${step}`];
}

function warnOfStarStep(monthDay: string, weekDay: string): string[] {
  const places = [monthDay, weekDay];
  const isDoubtful = places.some((place) => /^\*\/(?!1$)/.test(place)) &&
    places.every((place) => !isEvery(place));
  return isDoubtful
    ? [`${monthDay} or ${weekDay} is enough here; crond would want both, because of the star`]
    : [];
}
