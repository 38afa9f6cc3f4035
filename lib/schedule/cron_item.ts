/** One of the five places of a cron text. */
export interface CronPlace {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names, the first for `min`; empty where there are none. */
  readonly names: readonly string[];
  /** What the place starts again with, so a step never reaches past it. */
  readonly cycle: string;
  /** What one step is in elapsed time; absent where that is none that an interval could say. */
  readonly stepMinutes?: number;
}

export const MINUTE: CronPlace = {
  label: "minute",
  min: 0,
  max: 59,
  names: [],
  cycle: "hour",
  stepMinutes: 1,
};
export const HOUR: CronPlace = {
  label: "hour",
  min: 0,
  max: 23,
  names: [],
  cycle: "day",
  stepMinutes: 60,
};
export const MONTH_DAY: CronPlace = {
  label: "day of month",
  min: 1,
  max: 31,
  names: [],
  cycle: "month",
};
export const MONTH: CronPlace = {
  label: "month",
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  cycle: "year",
};
export const WEEK_DAY: CronPlace = {
  label: "day of week",
  min: 0,
  max: 6,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  cycle: "week",
};

/** Refuses the cron text that is being read, with the reason. */
export type Refuse = (reason: string) => never;

/** Reads a comma list of items into sorted values without repeats. */
export function parseList(text: string, place: CronPlace, refuse: Refuse): number[] {
  return sortedSet(text.split(",").flatMap((item) => parseItem(item, place, refuse)));
}

/**
 * Reads one item: `*`, `5`, `MON-FRI`, `22-2`, and with a step `*\/15`, `8-18/2`.
 *
 * `5/15` is 5-59/15, as Quartz has it; where others do not refuse it, they agree. Not so for days of the week,
 * which end with Saturday to some and with Sunday to others.
 */
export function parseItem(item: string, place: CronPlace, refuse: Refuse): number[] {
  const parts = /^(\*|[^*/-]+)(?:-([^*/-]+))?(?:\/([^*/-]+))?$/.exec(item);
  if (parts === null || (parts[1] === "*" && parts[2] !== undefined)) {
    return refuse(
      `"${item}" in the ${place.label} place is not a value, a range, a step or a list`,
    );
  }
  const [, start, end, step] = parts;
  if (start === "*") {
    return takeEvery(
      parseStep(item, place.min, step, place, refuse),
      place.min,
      place.max,
      place,
    );
  }
  const first = parseValue(start, place, refuse);
  if (end === undefined && step !== undefined && place === WEEK_DAY) {
    return refuse(
      `"${item}" means different things to different crons; write ${start}-SAT/${step} or ${start}-SUN/${step}`,
    );
  }
  const last = end !== undefined
    ? parseValue(end, place, refuse)
    : step !== undefined
    ? place.max
    : first;
  return takeEvery(parseStep(item, first, step, place, refuse), first, last, place);
}

/** Reads a number or a name. Weekday 7 stays 7 here, so that `5-7` is a range that does not wrap. */
export function parseValue(text: string, place: CronPlace, refuse: Refuse): number {
  const named = place.names.indexOf(text.toUpperCase());
  if (named !== -1) return named + place.min;
  const max = place === WEEK_DAY ? 7 : place.max;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= place.min && value <= max) return value;
  if (text === "?") {
    return refuse(`"?" stands for a whole day place only; write "*" in the ${place.label} place`);
  }
  const names = place.names.length === 0 ? "" : ` or ${place.names[0]} to ${place.names.at(-1)}`;
  return refuse(
    `"${text}" cannot stand in the ${place.label} place, which takes ${place.min} to ${max}${names}`,
  );
}

function parseStep(
  item: string,
  first: number,
  step: string | undefined,
  place: CronPlace,
  refuse: Refuse,
): number {
  if (step === undefined) return 1;
  const most = place.max - place.min;
  const stride = /^\d+$/.test(step) ? Number(step) : NaN;
  if (stride >= 1 && stride <= most) return stride;
  if (!(stride > most)) return refuse(`the step of "${item}" must be 1 to ${most}`);
  const { cycle, stepMinutes } = place;
  const interval = stepMinutes === undefined
    ? ""
    : `, or take an interval of ${stride * stepMinutes} minutes`;
  return refuse(
    `the step of "${item}" must be 1 to ${most}, as it starts again with each ${cycle}; ` +
      `write "${first}" for once each ${cycle}${interval}`,
  );
}

/** Every `stride`-th value from first to last, around the end of the place when first comes after last. */
function takeEvery(stride: number, first: number, last: number, place: CronPlace): number[] {
  const size = place.max - place.min + 1;
  const span = last >= first ? last - first : (last - first + 2 * size) % size;
  const values = [];
  for (let i = 0; i <= span; i += stride) {
    values.push((first + i - place.min) % size + place.min);
  }
  return values;
}

export function sortedSet(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
