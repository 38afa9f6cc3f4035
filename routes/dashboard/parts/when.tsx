// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { formatClock, formatDistance, formatInstant } from "../format.ts";
import type { View } from "../view.ts";

/** An instant as a distance from now; the exact time is in its title. */
export function When({ at, view }: { at: Date; view: View }) {
  return (
    <time datetime={at.toISOString()} title={exact(at, view)} data-distance>
      {formatDistance(at, view.now)}
    </time>
  );
}

/** When something is to come, as a distance; past its instant it is due, and waits for the next pass. */
export function Coming({ at, view }: { at: Date; view: View }) {
  return (
    <>
      {at <= view.now && "due "}
      <When at={at} view={view} />
    </>
  );
}

/** An instant as the viewer's clock shows it; the exact time is in its title. */
export function Clock({ at, view }: { at: Date; view: View }) {
  return (
    <time datetime={at.toISOString()} title={exact(at, view)}>
      {formatClock(at, view.zone, view.now)}
    </time>
  );
}

/** An instant to the second. */
export function Exact({ at, view }: { at: Date; view: View }) {
  return (
    <time
      datetime={at.toISOString()}
      title={`${formatDistance(at, view.now)} · ${at.toISOString()}`}
    >
      {formatInstant(at, view.zone)}
    </time>
  );
}

const INSTANT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence whose instants, ISO 8601 in UTC, stand as the viewer's clock shows them. */
export function WithInstants({ text, view }: { text: string; view: View }) {
  return (
    <>
      {text.split(INSTANT).map((part, place) =>
        place % 2 === 1 ? <Exact at={new Date(part)} view={view} /> : part
      )}
    </>
  );
}

/** "Mon 23 Nov 2026, 22:45:10 Europe/Budapest", with UTC where that is another clock. */
export function exact(at: Date, { zone }: View): string {
  const local = `${formatInstant(at, zone)} ${zone}`;
  return zone === "UTC" ? local : `${local} · ${at.toISOString()}`;
}
