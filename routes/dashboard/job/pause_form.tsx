import { writeLocalTime } from "../local_time.ts";
import { Ask } from "../parts/ask.tsx";
import type { View } from "../view.ts";

/** Pauses after it has asked until when and why. */
export function PauseForm({ action, view, what }: { action: string; view: View; what: string }) {
  return (
    <Ask words="Pause…">
      <form method="post" action={action}>
        <input type="hidden" name="form_token" value={view.formToken} />
        <input type="hidden" name="back" value={view.path} />
        <p>{what} What runs now goes on; the slots that pass are shown as paused.</p>
        <label>
          Until
          <span class="hint">In {view.zone}; empty: without end</span>
          <input type="datetime-local" name="until" min={writeLocalTime(view.now, view.zone)} />
        </label>
        <label>
          Reason
          <input type="text" name="reason" maxlength={200} autocomplete="off" />
        </label>
        <button type="submit" class="primary">Pause</button>
      </form>
    </Ask>
  );
}
