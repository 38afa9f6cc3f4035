import type { Child } from "hono/jsx";
import type { View } from "../view.ts";

/** The one form behind all small buttons of a page; each `Act` says where it leads. */
export function ActForm({ view }: { view: View }) {
  return (
    <form method="post" id="act" action={view.path}>
      <input type="hidden" name="form_token" value={view.formToken} />
      <input type="hidden" name="back" value={view.path} />
    </form>
  );
}

export interface ActProps {
  /** The address that the press is posted to. */
  to: string;
  /** What is read out where the words alone do not say of what. */
  label?: string;
  /** Why it cannot be pressed now. */
  disabled?: string;
  /** Whether the key `r` presses it. */
  run?: boolean;
  class?: string;
  children: Child;
}

/** A button that does one thing; the page needs an `ActForm`. */
export function Act({ to, label, disabled, run, children, ...more }: ActProps) {
  return (
    <button
      type="submit"
      form="act"
      formaction={to}
      class={more.class ?? "small"}
      aria-label={label}
      title={disabled}
      disabled={disabled !== undefined}
      data-run={run}
    >
      {children}
    </button>
  );
}
