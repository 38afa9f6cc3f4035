/**
 * The judge's own idea of when a schedule fires: every minute is looked at on the zone's wall clock, which
 * Intl shows. It shares nothing with `lib/schedule`, and is slow and plain on purpose.
 */
import type { ScheduleSpec } from "../../../lib/schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The slots of a schedule in (after, until), in milliseconds; intervals count from `after`. */
export function listSlots(spec: ScheduleSpec, after: Date, until: Date): number[] {
  const isWithin = (slot: number) => slot > after.getTime() && slot < until.getTime();
  if ("runAt" in spec) return [spec.runAt.getTime()].filter(isWithin);
  if ("intervalMinutes" in spec) {
    const step = spec.intervalMinutes * MINUTE_MS;
    return range(after.getTime() + step, until.getTime(), step);
  }
  return listCronSlots(spec.cron, spec.timeZone ?? "UTC", after, until).filter(isWithin);
}

/** Five places of which the last three are `*`: all that the simulation's schedules need. */
function listCronSlots(cron: string, timeZone: string, after: Date, until: Date): number[] {
  const [minutes, hours, ...days] = cron.split(" ");
  if (days.join(" ") !== "* * *") throw new RangeError(`Cannot judge the days of "${cron}"`);
  const faces = readFaces(timeZone, after.getTime() - DAY_MS, until.getTime() + DAY_MS);
  const wanted = { minutes: readPlace(minutes, 60), hours: readPlace(hours, 24) };
  const matches = (wall: number) =>
    wanted.minutes.has(new Date(wall).getUTCMinutes()) &&
    wanted.hours.has(new Date(wall).getUTCHours());
  if (hours === "*") return faces.filter(({ wall }) => matches(wall)).map(({ instant }) => instant);
  return listFixedSlots(faces, matches);
}

/** Fixed times: at the first instant at which the clock shows that time or, jumping over it, a later one. */
function listFixedSlots(faces: Face[], matches: (wall: number) => boolean): number[] {
  const slots = new Set<number>();
  let latestShown = faces[0].wall;
  for (const { instant, wall } of faces) {
    for (let shown = latestShown + MINUTE_MS; shown <= wall; shown += MINUTE_MS) {
      if (matches(shown)) slots.add(instant);
    }
    latestShown = Math.max(latestShown, wall);
  }
  return [...slots];
}

/** What a clock on the wall shows at an instant, both in milliseconds. */
interface Face {
  instant: number;
  wall: number;
}

const knownFaces = new Map<string, Face[]>();

/** The faces of whole minutes in [from, to), a minute before the first included. */
function readFaces(timeZone: string, from: number, to: number): Face[] {
  const first = Math.floor(from / MINUTE_MS) * MINUTE_MS;
  const key = `${timeZone} ${first} ${to}`;
  const known = knownFaces.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const faces = range(first, to, MINUTE_MS).map((instant) => ({
    instant,
    wall: Date.parse(`${format.format(instant).replace(" ", "T")}Z`),
  }));
  knownFaces.set(key, faces);
  return faces;
}

/** `*`, `*\/N`, `A-B`, numbers and lists of these. */
function readPlace(text: string, size: number): Set<number> {
  return new Set(
    text.split(",").flatMap((item) => {
      const [places, step = "1"] = item.split("/");
      const [first, last = first] = places === "*" ? ["0", String(size - 1)] : places.split("-");
      return range(Number(first), Number(last) + 1, Number(step));
    }),
  );
}

function range(from: number, to: number, step: number): number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((to - from) / step)) },
    (_, i) => from + i * step,
  );
}
