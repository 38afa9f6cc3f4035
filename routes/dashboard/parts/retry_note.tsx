import type { View } from "../view.ts";
import { Clock } from "./when.tsx";

/** When a run that failed is tried again; past that instant it waits for a pass or a place. */
export function RetryNote({ at, view }: { at: Date; view: View }) {
  if (at <= view.now) return <span class="note">next try is due</span>;
  return (
    <span class="note">
      next try at <Clock at={at} view={view} />
    </span>
  );
}
