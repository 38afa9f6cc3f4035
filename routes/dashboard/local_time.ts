import { findTimeZone } from "../../lib/schedule/time_zone.ts";
import { partsOf } from "./format.ts";

/**
 * The instant of what a person typed on the clock of a zone, `2026-11-23T02:00` or with seconds; undefined for
 * what is no time. A time that a clock change jumped over is the instant of the change.
 */
export function readLocalTime(text: string, zone: string): Date | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day, hour, minute, second = 0] = match.slice(1).map((part) =>
    Number(part ?? 0)
  );
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // What does not exist, such as a 31st of June, would roll over to another time.
  const rolled = new Date(wall).toISOString().slice(0, 16) !== text.trim().slice(0, 16);
  if (year < 1970 || rolled || second > 59) return undefined;
  const instants = findTimeZone(zone).instantsOf(wall);
  return new Date(instants.kind === "gap" ? instants.change.at : instants.first);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** An instant as a field of type `datetime-local` has it, on the clock of a zone. */
export function writeLocalTime(instant: Date, zone: string): string {
  const { year, month, day, hour, minute } = partsOf(instant, zone);
  // British English abbreviates one month to four letters.
  const number = MONTHS.indexOf(month.slice(0, 3)) + 1;
  return `${year}-${String(number).padStart(2, "0")}-${day}T${hour}:${minute}`;
}
