/** How figures and instants are written on the pages. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "850 ms", "12.3 s", "4 min 12 s", "3 h 5 min", "2 d 3 h". */
export function formatDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const [[large, size], [small, part]] = unitsOf(ms);
  const whole = Math.floor(ms / size);
  const rest = part === 0 ? 0 : Math.floor((ms % size) / part);
  return rest > 0 ? `${whole} ${large} ${rest} ${small}` : `${whole} ${large}`;
}

type Unit = readonly [name: string, ms: number];

function unitsOf(ms: number): readonly [Unit, Unit] {
  if (ms < MINUTE_MS) return [["s", SECOND_MS], ["", 0]];
  if (ms < HOUR_MS) return [["min", MINUTE_MS], ["s", SECOND_MS]];
  if (ms < DAY_MS) return [["h", HOUR_MS], ["min", MINUTE_MS]];
  return [["d", DAY_MS], ["h", HOUR_MS]];
}

/** "just now", "42 s ago", "3 h ago", "in 5 min", "in 2 d". */
export function formatDistance(instant: Date, now: Date): string {
  const ms = instant.getTime() - now.getTime();
  const size = Math.abs(ms);
  if (size < 2 * SECOND_MS) return ms > 0 ? "now" : "just now";
  const words = roundUnit(size);
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

function roundUnit(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
  return `${Math.floor(ms / DAY_MS)} d`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs as much as writing a hundred instants with it. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      day: "2-digit",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(zone, format);
  }
  return format;
}

type Parts = Record<string, string>;

const minutes = new Map<string, Parts>();

/** Pages name the same minutes again and again; bounded by emptying it. */
const MOST_REMEMBERED = 5_000;

/** What the clock of a zone shows at an instant, part by part, to the minute. */
export function partsOf(instant: Date, zone: string): Parts {
  const minute = Math.floor(instant.getTime() / MINUTE_MS);
  const key = `${minute} ${zone}`;
  let parts = minutes.get(key);
  if (!parts) {
    if (minutes.size >= MOST_REMEMBERED) minutes.clear();
    parts = Object.fromEntries(
      formatOf(zone).formatToParts(instant).map((part) => [part.type, part.value]),
    );
    minutes.set(key, parts);
  }
  return parts;
}

/** "Mon 23 Nov 2026, 22:45:10". */
export function formatInstant(instant: Date, zone: string): string {
  const { weekday, day, month, year, hour, minute } = partsOf(instant, zone);
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute}:${secondOf(instant)}`;
}

/** "Sat 28 Nov, 22:45", with the year where it is another, and to the second where it is not a whole minute. */
export function formatSlot(instant: Date, zone: string, now: Date): string {
  const { weekday, day, month, year, hour, minute } = partsOf(instant, zone);
  const isThisYear = year === partsOf(now, zone).year;
  const clock = `${hour}:${minute}${instant.getUTCSeconds() === 0 ? "" : `:${secondOf(instant)}`}`;
  return `${weekday} ${day} ${month}${isThisYear ? "" : ` ${year}`}, ${clock}`;
}

/** On every zone's clock: offsets have been whole minutes since 1972. */
function secondOf(instant: Date): string {
  return String(instant.getUTCSeconds()).padStart(2, "0");
}

/** "22:45" today, "Mon 22:45" within a week, "23 Nov 22:45" beyond. */
export function formatClock(instant: Date, zone: string, now: Date): string {
  const then = partsOf(instant, zone);
  const today = partsOf(now, zone);
  const clock = `${then.hour}:${then.minute}`;
  if (then.day === today.day && then.month === today.month && then.year === today.year) {
    return clock;
  }
  const days = Math.abs(instant.getTime() - now.getTime()) / DAY_MS;
  if (days < 6) return `${then.weekday} ${clock}`;
  return `${then.day} ${then.month}${then.year === today.year ? "" : ` ${then.year}`} ${clock}`;
}

/** "98 %"; all and none are said only when they are. */
export function formatPercent(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 100 && share < 1) return "99 %";
  if (percent === 0 && share > 0) return "1 %";
  return `${percent} %`;
}

const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });

/** "12,345.5". */
export function formatNumber(number: number): string {
  return Number.isInteger(number) && Math.abs(number) < 1_000
    ? String(number)
    : numbers.format(number);
}

/** "1 run", "12,345 runs". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** What an address holds, which may be anything of any length, for a sentence about it. */
export function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
