import { partsOf } from "../format.ts";
import type { View } from "../view.ts";
import { placeOf, type Scale, WIDTH } from "./scale.ts";

const HOUR_MS = 3_600_000;

/** Zones are whole half hours away from each other, but for two that are quarters. */
const STEP_MS = HOUR_MS / 4;

/** The clock of the viewer's zone behind all lanes, and a line for now. */
export function HourLines({ scale, view }: { scale: Scale; view: View }) {
  const { fromMs, toMs } = scale;
  const every = (toMs - fromMs) / HOUR_MS > 24 ? 6 : (toMs - fromMs) / HOUR_MS > 12 ? 3 : 2;
  const lines = [];
  for (let ms = Math.ceil(fromMs / STEP_MS) * STEP_MS; ms <= toMs; ms += STEP_MS) {
    const { hour, minute, weekday } = partsOf(new Date(ms), view.zone);
    if (minute !== "00" || Number(hour) % every !== 0) continue;
    const isMidnight = hour === "00";
    const x = percent(ms, scale);
    lines.push(
      <>
        <line class={isMidnight ? "midnight" : "hour"} x1={x} x2={x} y1="24" y2="100%" />
        <text x={x} y="16" text-anchor="middle">
          {isMidnight ? weekday : (
            <>
              {hour}
              <tspan class="minutes">:00</tspan>
            </>
          )}
        </text>
      </>,
    );
  }
  const now = percent(view.now.getTime(), scale);
  return (
    <div class="hours">
      <span class="quiet">{view.zone}</span>
      <svg aria-hidden="true">
        {lines}
        <line class="now" x1={now} x2={now} y1="24" y2="100%" />
      </svg>
    </div>
  );
}

function percent(ms: number, scale: Scale): string {
  return `${(placeOf(ms, scale) / WIDTH * 100).toFixed(2)}%`;
}
