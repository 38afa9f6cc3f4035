import type { Child } from "hono/jsx";
import { formatSlot } from "../format.ts";
import { Breakable } from "../parts/breakable.tsx";
import { When } from "../parts/when.tsx";
import type { View } from "../view.ts";

/** Slots on several clocks, one a row. */
export function SlotTable({ label, heading, slots, zones, view, note, outcome }: {
  /** What is read out as the table's name. */
  label: string;
  heading: string;
  slots: readonly Date[];
  /** The clocks; each zone once. */
  zones: ReadonlySet<string>;
  view: View;
  /** What is to be known of a slot on the first clock. */
  note?: (slot: Date) => string | null;
  /** What became of a slot; absent where none has come yet. */
  outcome?: (slot: Date) => Child;
}) {
  return (
    <div class="table" tabindex={0} role="region" aria-label={label}>
      <table class="slots">
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            {[...zones].map((zone) => (
              <th scope="col">
                <Breakable text={zone} />
              </th>
            ))}
            {outcome && <th scope="col">What it was</th>}
          </tr>
        </thead>
        <tbody>
          {slots.map((slot) => {
            const noted = note?.(slot);
            return (
              <tr>
                <td>
                  <When at={slot} view={view} />
                </td>
                {[...zones].map((zone, place) => (
                  <td>
                    {formatSlot(slot, zone, view.now)}
                    {place === 0 && noted && <span class="note warn">{noted}</span>}
                  </td>
                ))}
                {outcome && <td>{outcome(slot)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
